/* What the scripts of a dashboard share, and values as people write them; as renderers/html/numbers.py does. */
"use strict";
(() => {
  const source = document.getElementById("page-data");
  const page = JSON.parse(source.textContent),
    L = page.lang,
    W = L.w,
    SVG = "http://www.w3.org/2000/svg";
  const $ = (what, from = document) => from.querySelector(what);
  const $$ = (what, from = document) => [...from.querySelectorAll(what)];
  const make = (tag, values = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), values);
    made.append(...children);
    return made;
  };

  /* ---- values: [1] is a suppressed cell, [2] a number that has one among its parts ---- */
  const marked = Array.isArray;
  const number = (value, decimals) => {
    const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
    const text = whole.replace(/\B(?=(\d{3})+$)/g, L.g) + (rest ? L.d + rest : "");
    return value < 0 && /[1-9]/.test(text) ? "\u2212" + text : text;
  };
  const trimmed = text => (text.includes(L.d) ? text.replace(/0+$/, "").replace(/[.,]$/, "") : text);
  const compact = value => {
    for (const [i, power] of [
      [2, 1e9],
      [1, 1e6],
      [0, 1e3],
    ])
      if (Math.abs(value) >= power)
        return trimmed(number(value / power, Math.abs(value / power) < 100 ? 1 : 0)) + L.k[i];
    return trimmed(number(value, 1));
  };
  const bytes = (value, units = ["", "k", "M", "G", "T"]) =>
    Math.abs(value) < 1000 || units.length < 2
      ? trimmed(number(value, 1)) + "\u00a0" + units[0] + L.b
      : bytes(value / 1000, units.slice(1));
  const duration = value => {
    const all = Math.abs(Math.trunc(value)),
      sign = value <= -1 ? "\u2212" : "",
      hours = Math.trunc(all / 3600),
      minutes = Math.trunc((all % 3600) / 60);
    if (hours >= 100) return `${sign}${number(hours, 0)}\u00a0h`;
    if (hours) return `${sign}${hours}\u00a0h\u00a0${String(minutes).padStart(2, "0")}`;
    return sign + (minutes ? `${minutes}\u00a0min` : `${all}\u00a0s`);
  };
  const dated = (text, format) => {
    const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) || [];
    if (!year) return text;
    if (format === "year") return String(+year);
    const named = `${L.m[month - 1]}\u00a0${+year}`,
      time = text.slice(11, 16);
    return format === "month"
      ? named
      : `${+day}\u00a0${named}` + (format === "time" && time ? "\u00a0" + time : "");
  };
  const formats = {
    integer: v => number(v, 0),
    dec1: v => number(v, 1),
    dec2: v => number(v, 2),
    dec: v => trimmed(number(v, 2)),
    pct0: v => number(v * 100, 0) + L.pct + "%",
    pct1: v => number(v * 100, 1) + L.pct + "%",
    pp: v => {
      const said = number(v * 100, 1);
      return (/^\u2212|^[0.,]+$/.test(said) ? "" : "+") + said + L.pp;
    },
    eur: v => (L.eur[0] + number(v, 0) + L.eur[1]).replace("€\u2212", "\u2212€"),
    compact,
    bytes,
    duration,
    year: v => (Number.isInteger(v) ? String(v).replace("-", "\u2212") : String(v)),
  };
  const one = (value, format) => {
    if (marked(value)) return W[value[0] === 1 ? "suppressed" : "not available"];
    if (value === null || value === undefined) return "\u2013";
    if (typeof value === "string")
      return ["date", "month", "year", "time"].includes(format) ? dated(value, format) : value;
    return typeof value === "boolean" ? String(value) : (formats[format] || formats.year)(value);
  };
  /* The lower end of a bin with its upper one: the format of a histogram's values says how wide (`dec~0.5`). */
  const text = (value, format = "") => {
    const [of, width] = format.split("~");
    if (!width || typeof value !== "number") return one(value, of);
    const places = of === "dec" && width < 0.01 ? -Math.floor(Math.log10(width)) : 0;
    const end = v => places ? trimmed(number(v, places)) : one(v, of);
    return `${end(value)} \u2013 ${end(value + Number(width))}`;
  };

  window.dataspace = { page, W, SVG, $, $$, make, marked, number, trimmed, text };
})();
