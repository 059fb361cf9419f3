/* Filters, tables and downloads of a dashboard. The page shows every number without this script;
   what it computes comes from the cells embedded in the page, and is exact under every filter. */
"use strict";
(() => {
  const source = document.getElementById("page-data");
  if (!source) return;
  const page = JSON.parse(source.textContent), L = page.lang, W = L.w, SVG = "http://www.w3.org/2000/svg";
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
    for (const [i, power] of [[2, 1e9], [1, 1e6], [0, 1e3]])
      if (Math.abs(value) >= power) return trimmed(number(value / power, Math.abs(value / power) < 100 ? 1 : 0)) + L.k[i];
    return trimmed(number(value, 1));
  };
  const bytes = (value, units = ["B", "kB", "MB", "GB", "TB"]) =>
    Math.abs(value) < 1000 || units.length < 2 ? trimmed(number(value, 1)) + "\u00a0" + units[0] : bytes(value / 1000, units.slice(1));
  const duration = value => {
    const all = Math.trunc(value), hours = Math.trunc(all / 3600), minutes = Math.trunc((all % 3600) / 60);
    if (hours) return `${hours}\u00a0h\u00a0${String(minutes).padStart(2, "0")}`;
    return minutes ? `${minutes}\u00a0min` : `${all}\u00a0s`;
  };
  const dated = (text, format) => {
    const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) || [];
    if (!year) return text;
    if (format === "year") return String(+year);
    const named = `${L.m[month - 1]}\u00a0${+year}`, time = text.slice(11, 16);
    return format === "month" ? named : `${+day}\u00a0${named}` + (format === "time" && time ? "\u00a0" + time : "");
  };
  const formats = {
    integer: v => number(v, 0), dec1: v => number(v, 1), dec2: v => number(v, 2), dec: v => trimmed(number(v, 2)),
    pct0: v => number(v * 100, 0) + L.pct + "%", pct1: v => number(v * 100, 1) + L.pct + "%",
    pp: v => { const said = number(v * 100, 1); return (/^\u2212|^[0.,]+$/.test(said) ? "" : "+") + said + L.pp; },
    eur: v => (L.eur[0] + number(v, 0) + L.eur[1]).replace("€\u2212", "\u2212€"),
    compact, bytes, duration, year: v => (Number.isInteger(v) ? String(v).replace("-", "\u2212") : String(v)),
  };
  const text = (value, format) => {
    if (marked(value)) return W[value[0] === 1 ? "suppressed" : "not available"];
    if (value === null || value === undefined) return "\u2013";
    if (typeof value === "string") return ["date", "month", "year", "time"].includes(format) ? dated(value, format) : value;
    return typeof value === "boolean" ? String(value) : (formats[format] || formats.year)(value);
  };

  /* ---- filters ---- */
  const form = $(".db-filters"), filters = new Map(page.filters.map(f => [f.n, f]));
  const state = Object.fromEntries(page.filters.map(f => [f.n, f.d]));
  const first = JSON.stringify(state);
  const plain = value => String(value).normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const passes = (filter, value) => {
    const chosen = state[filter.n];
    if (!chosen.length) return true;
    if (value === null) return false;
    switch (filter.t) {
      case "toggle": return value === true;
      case "search": return plain(value).includes(plain(chosen[0]));
      case "date_range": { const day = value.slice(0, 10); return (!chosen[0] || day >= chosen[0]) && (!chosen[1] || day <= chosen[1]); }
      case "slider": return (chosen[0] === null || value >= chosen[0]) && (chosen[1] === null || value <= chosen[1]);
      default: return chosen.some(one => String(one) === String(value));
    }
  };

  /* ---- cubes: the cells of an answer, added up over the points that the filters let through ---- */
  const column = coded => (marked(coded) ? coded : coded.i.map(i => coded.v[i]));
  const decoded = cube => {
    cube.P ||= cube.p.map(column);
    cube.G ||= cube.g.map(column);
    for (const leaf of cube.L || []) {
      if (leaf.as !== undefined) ({ g: leaf.g, p: leaf.p } = cube.L[leaf.as]);
      if (!marked(leaf.v)) ({ v: leaf.v, n: leaf.n } = cube.L[leaf.v]);
    }
    return cube;
  };
  const points = cube => {
    const count = cube.P.length ? cube.P[0].length : 0, open = new Uint8Array(count);
    for (let i = 0; i < count; i++) open[i] = cube.f.every((name, k) => passes(filters.get(name), cube.P[k][i]));
    return open;
  };
  const folds = {
    sum: (a, v) => (v === null ? a : (a || 0) + v), count: (a, v) => (a || 0) + v,
    min: (a, v) => (v === null || (a !== null && a <= v) ? a : v), max: (a, v) => (v === null || (a !== null && a >= v) ? a : v),
  };
  folds.distinct = folds.count;
  const fold = (leaf, groups, open, present) => {
    const start = leaf.k === "count" || leaf.k === "distinct" ? 0 : null;
    const found = new Array(groups).fill(start), parts = new Uint16Array(groups), lists = leaf.k === "values" ? new Map() : null;
    leaf.g.forEach((group, i) => {
      const at = leaf.p[i];
      if (!(marked(at) ? at.some(p => open[p]) : open[at])) return;
      present[group] = 1;
      parts[group]++;
      const value = leaf.v[i];
      if (lists) { if (!lists.has(group)) lists.set(group, []); lists.get(group).push([value, leaf.n[i]]); }
      else if (marked(value) || marked(found[group])) found[group] = parts[group] === 1 ? value : [2];
      else if (leaf.k === "lone") found[group] = parts[group] === 1 ? value : [2];
      else found[group] = folds[leaf.k](found[group], value);
    });
    if (lists) for (const [group, list] of lists) found[group] = quantile(list, leaf.q);
    return found;
  };
  const quantile = (list, share) => {
    list.sort((a, b) => a[0] - b[0]);
    const place = share * (list.reduce((all, [, n]) => all + n, 0) - 1), at = index => {
      let seen = 0;
      for (const [value, n] of list) if ((seen += n) > index) return value;
      return null;
    };
    const low = at(Math.floor(place));
    return low + (at(Math.ceil(place)) - low) * (place - Math.floor(place));
  };
  const operators = {
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, neg: a => -a, abs: Math.abs,
    round: (a, d = 0) => Math.sign(a) * Math.round(Math.abs(a) * 10 ** d) / 10 ** d,
  };
  const computed = ([what, ...rest], leaves, group) => {
    if (what === "leaf") return leaves[rest[0]][group];
    if (what === "number") return rest[0];
    const values = rest.map(part => computed(part, leaves, group));
    if (values.some(marked)) return [2];
    if (what === "coalesce") return values.find(v => v !== null) ?? null;
    if (what === "nullif") return values[0] === values[1] ? null : values[0];
    if (values.some(v => v === null)) return null;
    const result = operators[what](...values);
    return Number.isFinite(result) ? result : null;
  };
  const compare = (a, b) => {
    const last = v => (v === null || v === undefined || marked(v) ? 1 : 0);
    return last(a) - last(b) || (last(a) ? 0 : a < b ? -1 : a > b ? 1 : 0);
  };
  const ordered = (rows, [by, down]) => rows.sort((a, b) => {
    const lacking = [a[by], b[by]].some(v => v === null || marked(v));
    const way = compare(a[by], b[by]) * (down && !lacking ? -1 : 1);
    if (way) return way;
    for (let i = 0; i < a.length; i++) if (i !== by) { const next = compare(a[i], b[i]); if (next) return next; }
    return 0;
  });
  const rowsOf = answer => {
    const cube = decoded(answer.c), open = points(cube), group = g => cube.G.map(values => values[g]);
    if (cube.r) return cube.r.flatMap((p, i) => (open[p] ? [group(i)] : []));
    if (!cube.L) return [];
    const present = new Uint8Array(cube.n), leaves = cube.L.map(leaf => fold(leaf, Math.max(cube.n, 1), open, present));
    const rows = [];
    for (let g = 0; g < Math.max(cube.n, 1); g++) {
      if (cube.G.length && !present[g]) continue;
      const dimensions = group(g), measures = cube.F.map(formula => computed(formula, leaves, g));
      rows.push(answer.f.map(([, , measure]) => (measure ? measures : dimensions).shift()));
    }
    ordered(rows, answer.s || [0, 0]);
    return answer.l ? rows.slice(0, answer.l) : rows;
  };
  const single = answer => (rowsOf(answer)[0] || [null])[0];

  /* ---- tables ---- */
  const cellOf = (value, [, kind, , format], extra = {}) => {
    const said = text(value, format), cell = make("td", {}), names = [];
    if (kind === "n") names.push("n");
    if (marked(value)) names.push("withheld");
    if (extra.heat) names.push("h" + extra.heat);
    if (names.length) cell.className = names.join(" ");
    if (!marked(value) && value !== null && String(value) !== said) cell.dataset.v = value;
    if (extra.bar !== undefined) cell.append(barOf(extra.bar));
    cell.append(extra.href ? make("a", { href: extra.href, textContent: said }) : said);
    return cell;
  };
  const barOf = share => {
    const svg = document.createElementNS(SVG, "svg"), rect = document.createElementNS(SVG, "rect");
    for (const [name, value] of [["class", "db-bar"], ["viewBox", "0 0 100 8"], ["preserveAspectRatio", "none"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
    rect.setAttribute("width", share);
    rect.setAttribute("height", 8);
    svg.append(rect);
    return svg;
  };
  const numeric = values => values.filter(v => typeof v === "number");
  const heat = (value, peers) => {
    const sorted = numeric(peers).sort((a, b) => a - b), classes = Math.min(5, new Set(sorted).size);
    const bounds = [...new Set([1, 2, 3, 4].slice(0, classes - 1).map(i => sorted[Math.floor(sorted.length * i / classes)]))];
    return 1 + bounds.filter(b => value >= b).length;
  };
  const decoration = (marks, rows, row, i) => {
    const [bar, within] = marks[i] || [0, 0], value = row[i], extra = {}, all = rows.map(r => r[i]);
    if (typeof value !== "number") return extra;
    if (bar) extra.bar = Math.round(Math.abs(value) * 1000 / Math.max(...numeric(all).map(Math.abs))) / 10;
    const hot = marks.flatMap(([, h], k) => (h ? [k] : []));
    const peers = { column: all, row: hot.map(k => row[k]), table: rows.flatMap(r => hot.map(k => r[k])) };
    if (within) extra.heat = heat(value, peers[within]);
    return extra;
  };
  const leads = (link, row) => {
    const known = place => row[link.n[place]], places = link.v.flatMap(([, template]) => [...template.matchAll(/\{(\w+)\}/g)].map(found => found[1]));
    if (places.some(place => known(place) === null || marked(known(place)))) return "";
    return link.b + "?" + link.v.map(([name, template]) => encodeURIComponent(name) + "=" + encodeURIComponent(template.replace(/\{(\w+)\}/g, (_, place) => known(place)))).join("&");
  };
  const fill = (table, fields, rows, marks = [], link = null) => {
    const lines = rows.map(row => make("tr", {}, ...row.map((value, i) => {
      const extra = decoration(marks, rows, row, i);
      if (link && link.c === i) extra.href = leads(link, row);
      return cellOf(value, fields[i], extra);
    })));
    if (!lines.length) lines.push(make("tr", {}, make("td", { colSpan: fields.length, textContent: W.no_rows })));
    table.tBodies[0].replaceChildren(...lines);
  };
  const total = (table, fields, answer) => {
    if (!answer || !table.tFoot) return;
    const values = rowsOf(answer)[0] || [], by = new Map(answer.f.map(([label], i) => [label, i]));
    [...table.tFoot.rows[0].cells].forEach((cell, i) => {
      const at = by.get(fields[i][0]);
      if (at !== undefined) cell.replaceWith(cellOf(values[at] ?? null, fields[i]));
    });
  };
  const pivot = (table, tile) => {
    const { main, row_totals, column_totals, total: whole } = tile.a, [down, across, share, totals] = tile.v;
    const values = main.f.slice(down + across), key = JSON.stringify, rows = rowsOf(main);
    const totalsOf = (answer, width) => new Map((answer ? rowsOf(answer) : []).map(r => [key(r.slice(0, width)), r.slice(width)]));
    const byRow = totalsOf(row_totals, down), byColumn = totalsOf(column_totals, across), all = totalsOf(whole, 0).get("[]");
    const cells = new Map(rows.map(r => [key(r.slice(0, down + across)), r.slice(down + across)]));
    const distinct = parts => [...new Map(parts.map(p => [key(p), p])).values()];
    const keys = distinct(rows.map(r => r.slice(0, down)));
    const heads = distinct(rows.map(r => r.slice(down, down + across))).sort((a, b) => (String(a) < String(b) ? -1 : 1));
    const views = (found, r, c) => values.map((field, i) => {
      if (!found) return make("td", { className: "n" });
      const base = { row: r ? byRow.get(key(r)) : all, column: c ? byColumn.get(key(c)) : all, all }[share];
      if (share === "none" || marked(found[i])) return cellOf(found[i], field);
      if (!base || marked(base[i])) return cellOf([2], field);
      return base[i] ? cellOf(found[i] / base[i], [0, "n", 1, "pct1"]) : make("td", { className: "n" });
    });
    const heading = (label, field) => make("th", { scope: "col", className: "n", textContent: values.length === 1 && label ? label : `${label} ${field[0]}`.trim() });
    table.tHead.rows[0].replaceChildren(
      ...main.f.slice(0, down).map(([label]) => make("th", { scope: "col", textContent: label })),
      ...heads.flatMap(h => values.map(f => heading(h.map((v, i) => text(v, main.f[down + i][3])).join(" · "), f))),
      ...(totals.includes("row") ? values.map(f => heading(W.total, f)) : []));
    table.tBodies[0].replaceChildren(...keys.map(k => make("tr", {},
      ...k.map((v, i) => cellOf(v, main.f[i])), ...heads.flatMap(h => views(cells.get(key([...k, ...h])), k, h)),
      ...(totals.includes("row") ? views(byRow.get(key(k)), k, null) : []))));
    if (table.tFoot) table.tFoot.rows[0].replaceChildren(make("td", { textContent: W.total }),
      ...Array.from({ length: down - 1 }, () => make("td")), ...heads.flatMap(h => views(byColumn.get(key(h)), null, h)),
      ...(totals.includes("row") ? views(all, null, null) : []));
  };

  /* ---- charts: Vega and the compiled charts are loaded when first needed ---- */
  const trusted = window.trustedTypes ? trustedTypes.createPolicy("dashboard", { createScriptURL: url => url }) : { createScriptURL: url => url };
  const scripts = new Map();
  const load = url => {
    if (!scripts.has(url)) scripts.set(url, new Promise((done, failed) => {
      const script = make("script", { onload: done, onerror: failed });
      script.src = trusted.createScriptURL(url);
      document.head.append(script);
    }));
    return scripts.get(url);
  };
  const dataOf = (answer, rows, tile) => {
    if (tile.w) return rows.map(row => Object.fromEntries(tile.w.map((name, i) => [name, marked(row[i]) ? null : row[i]])));
    const ends = new Map();
    const found = rows.map((row, at) => {
      const datum = {};
      row.forEach((value, i) => {
        const [, , measure, format] = answer.f[i];
        datum["c" + i] = marked(value) ? null : value;
        if (marked(value)) datum.s = 1;
        if (measure) datum["t" + i] = text(value, format);
        else if (value === null) datum["c" + i] = text(value, format);
      });
      datum.d = "\u2063" + row.map((value, i) => text(value, answer.f[i][3])).join(" · ");
      ends.set(tile.e === undefined ? 0 : JSON.stringify(row[tile.e]), at);
      return datum;
    });
    for (const at of ends.values()) found[at].last = 1;
    if (tile.o !== undefined) {
      const untold = new Set(rows.filter((row, i) => found[i].s).map(row => JSON.stringify(row[tile.o])));
      rows.forEach((row, at) => { if (untold.has(JSON.stringify(row[tile.o]))) answer.f.forEach(([, , measure], i) => { if (measure) found[at]["c" + i] = null; }); });
    }
    return found;
  };
  const views = new Map();
  const draw = async (id, box, tile, rows) => {
    await Promise.all([load(page.vega), load(page.charts)]);
    const { View, parse, expressionInterpreter } = window.dataspaceVega, values = dataOf(tile.a.main, rows, tile);
    let live = $(".db-live", box);
    if (!live) {
      live = make("div", { className: "db-live" });
      live.setAttribute("role", "img");
      box.append(live);
      const spec = window.dataspaceCharts[id], width = Math.floor(box.clientWidth);
      if (typeof spec.width === "number") spec.width = width;
      const view = new View(parse(spec, null, { ast: true }), { renderer: "svg", expr: expressionInterpreter, hover: false, logLevel: 1 });
      views.set(id, view.initialize(live));
    }
    live.setAttribute("aria-label", `${tile.y.split(".")[0]}. ${W.filtered} ${rows.length} ${rows.length === 1 ? W.row : W.rows}.`);
    await views.get(id).data("rows", values).runAsync();
    for (const mark of $$('[aria-label^="\u2063"]', live)) {
      const title = document.createElementNS(SVG, "title");
      title.textContent = mark.getAttribute("aria-label").slice(1);
      mark.replaceChildren(title);
    }
  };

  /* ---- tiles ---- */
  const keep = new Map();
  const original = (node, redraw) => { if (node && !keep.has(node)) keep.set(node, [...node.childNodes].map(child => child.cloneNode(true))); if (node) redraw(node); };
  const updates = {
    kpi(tile, box) {
      const value = single(tile.a.main), shown = $(".db-value", box);
      original(shown, node => { node.textContent = text(value, tile.h); });
      shown.classList.toggle("withheld", marked(value));
      shown.classList.remove("good", "warn", "bad");
      if (tile.t.length && typeof value === "number")
        shown.classList.add((tile.t.find(([below, above]) => (below !== null && value < below) || (above !== null && value > above)) || [0, 0, "good"])[2]);
      const line = $(".db-spark polyline", box), spark = tile.a.spark;
      if (line && spark && spark.c) line.setAttribute("points", sparkPoints(rowsOf(spark).map(row => row.at(-1))));
      $(".db-change", box)?.toggleAttribute("hidden", true);
    },
    table(tile, box) {
      const table = $("table", box);
      for (const part of [table.tHead, table.tBodies[0], table.tFoot]) original(part, () => {});
      if (tile.v) pivot(table, tile);
      else { fill(table, tile.a.main.f, rowsOf(tile.a.main), tile.m, tile.u); total(table, tile.a.main.f, tile.a.total); }
      tables.get(table)?.();
    },
    chart(tile, box, id) {
      const rows = rowsOf(tile.a.main), table = $("table", box), chart = $(".db-chart", box);
      original(table.tBodies[0], () => fill(table, tile.a.main.f, rows, [], tile.u));
      tables.get(table)?.();
      if (tile.h) original($("header :is(h2, h3)", box), node => { node.textContent = tile.h; });
      return draw(id, chart, tile, rows).then(() => { $(".db-still", chart).hidden = true; $(".db-live", chart).hidden = false; });
    },
    map(tile, box) {
      const rows = rowsOf(tile.a.main), by = new Map(rows.map(([key, value]) => [String(key), value])), table = $("table", box);
      original(table.tBodies[0], () => fill(table, tile.a.main.f, rows));
      tables.get(table)?.();
      const open = tile.a.main.c.r && points(tile.a.main.c);
      for (const dot of open ? $$("[data-i]", box) : []) dot.toggleAttribute("hidden", !open[tile.a.main.c.r[dot.dataset.i]]);
      for (const area of $$("[data-k]", box)) {
        area.dataset.first ??= area.getAttribute("class") + "|" + area.firstChild.textContent;
        const value = by.get(area.dataset.k), step = tile.b.filter(b => value >= b).length;
        area.setAttribute("class", marked(value) ? "qs" : typeof value !== "number" ? "q0" : tile.b.length ? "q" + (1 + Math.round(step * 4 / tile.b.length)) : "q3");
        area.firstChild.textContent = `${area.dataset.l}: ${text(value, tile.a.main.f[1][3])}`;
      }
    },
    text() {},
  };
  const sparkPoints = values => {
    const found = numeric(values), low = Math.min(...found), span = Math.max(...found) - low || 1, step = 114 / (found.length - 1);
    return found.length < 2 ? "" : found.map((v, i) => `${(3 + i * step).toFixed(1)},${(29 - (v - low) * 26 / span).toFixed(1)}`).join(" ");
  };
  const numbers = (tile, box) => {
    for (const node of $$("[data-n]", box)) {
      const answer = tile.n?.[node.dataset.n];
      if (answer?.c) original(node, () => { const value = single(answer); node.textContent = text(value, answer.f[0][3]); node.classList.toggle("withheld", marked(value)); });
    }
  };
  const restore = () => {
    for (const [node, children] of keep) node.replaceChildren(...children.map(child => child.cloneNode(true)));
    for (const area of $$("[data-first]")) {
      const [name, said] = area.dataset.first.split(/\|(.*)/s);
      area.setAttribute("class", name);
      area.firstChild.textContent = said;
    }
    for (const dot of $$("[data-i][hidden]")) dot.removeAttribute("hidden");
    for (const live of $$(".db-live")) { live.hidden = true; $(".db-still", live.parentElement).hidden = false; }
    for (const node of [...$$(".db-change[hidden]")]) node.hidden = false;
    for (const [node, value] of looks) value.forEach(([name, was]) => node.setAttribute(name, was));
    for (const show of tables.values()) show();
  };
  const looks = new Map($$(".db-value, .num, .db-spark polyline").map(node => [node, ["class", "points"].flatMap(name => (node.hasAttribute(name) ? [[name, node.getAttribute(name)]] : []))]));
  const acts = tile => Object.values(tile.a).concat(tile.n || []).some(answer => answer.c);
  const update = async () => {
    if (JSON.stringify(state) === first) restore();
    else {
      const waiting = [];
      for (const [id, tile] of Object.entries(page.tiles)) {
        const box = document.getElementById(id);
        if (tile.a.main ? tile.a.main.c : acts(tile)) waiting.push(updates[tile.k](tile, box, id));
        numbers(tile, box);
      }
      numbers({ n: page.head }, $(".db-head"));
      await Promise.all(waiting);
    }
    document.documentElement.dataset.drawn = String(++drawn);
  };
  let drawn = 0;

  /* ---- table tools: sort, search, pages, download ---- */
  const tables = new Map();
  const valueOf = cell => { const raw = cell?.dataset.v ?? cell?.textContent ?? ""; return raw !== "" && !Number.isNaN(+raw) ? +raw : raw; };
  const csv = table => {
    const quoted = raw => { const safe = /^[=+\-@\t\r]/.test(raw) && Number.isNaN(+raw) ? "'" + raw : raw; return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe; };
    const line = row => [...row.cells].map(cell => quoted(cell.dataset.v ?? cell.textContent.trim())).join(",");
    const body = [...table.tBodies[0].rows].filter(row => !row.dataset.out);
    return "\ufeff" + [table.tHead.rows[0], ...body].map(line).join("\r\n") + "\r\n";
  };
  const equip = table => {
    const size = +table.dataset.size || 0, scroll = table.parentElement;
    let at = 0, sort = null, sought = "";
    const previous = make("button", { type: "button", textContent: W.previous }), next = make("button", { type: "button", textContent: W.next });
    const where = make("span"), pager = make("span", { className: "db-pager" }, previous, where, next);
    const show = () => {
      const body = table.tBodies[0], rows = [...body.rows];
      if (sort) {
        rows.sort((a, b) => { const [x, y] = [a, b].map(row => valueOf(row.cells[sort[0]])), odd = typeof x !== typeof y; return (odd ? (typeof x === "number" ? -1 : 1) : compare(x, y)) * sort[1]; });
        body.append(...rows);
      }
      const within = rows.filter(row => { const out = sought && !plain(row.textContent).includes(sought); if (out) row.dataset.out = "1"; else delete row.dataset.out; return !out; });
      const pages = size ? Math.max(1, Math.ceil(within.length / size)) : 1;
      at = Math.min(at, pages - 1);
      const seen = new Set(size ? within.slice(at * size, (at + 1) * size) : within);
      for (const row of rows) row.hidden = !seen.has(row);
      pager.hidden = pages < 2;
      where.textContent = `${W.page} ${at + 1} / ${pages}`;
      previous.disabled = at === 0;
      next.disabled = at === pages - 1;
    };
    previous.onclick = () => { at--; show(); };
    next.onclick = () => { at++; show(); };
    const head = () => [...table.tHead.rows[0].cells].forEach((cell, i) => {
      if ($("button", cell)) return;
      const button = make("button", { type: "button" }, ...cell.childNodes);
      button.onclick = () => {
        sort = [i, sort && sort[0] === i ? -sort[1] : cell.classList.contains("n") ? -1 : 1];
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", sort[1] > 0 ? "ascending" : "descending");
        show();
      };
      cell.append(button);
    });
    const tools = make("div", { className: "db-tools" });
    if (table.dataset.search !== undefined) {
      const box = make("input", { type: "search" });
      box.oninput = () => { sought = plain(box.value); at = 0; show(); };
      scroll.before(make("div", { className: "db-tools" }, make("label", {}, W.search, box)));
    }
    tools.append(pager);
    if (table.dataset.download) {
      const button = make("button", { type: "button", textContent: W.download });
      button.onclick = () => {
        const url = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv;charset=utf-8" }));
        make("a", { href: url, download: plain(table.dataset.download).replace(/[^a-z0-9]+/g, "-") + ".csv" }).click();
        setTimeout(() => URL.revokeObjectURL(url), 1000);
      };
      tools.append(button);
    }
    scroll.after(tools);
    tables.set(table, () => { head(); show(); });
    head();
    show();
  };

  /* ---- the form, and its place in the address ---- */
  const controls = name => $$(`[name="${CSS.escape(name)}"]`, form);
  const typed = (filter, raw) => (filter.t === "slider" ? (raw === "" ? null : +raw) : raw);
  const readForm = () => {
    for (const [name, filter] of filters) {
      const found = controls(name);
      if (filter.t === "select" || filter.t === "multiselect") state[name] = [...found[0].selectedOptions].map(o => o.value).filter(v => v !== "");
      else if (filter.t === "toggle") state[name] = found[0].checked ? [true] : [];
      else if (filter.t === "search") state[name] = found[0].value.trim() ? [found[0].value.trim()] : [];
      else {
        const ends = found.map(input => (filter.t === "slider" && input.value === input[+input.dataset.end ? "max" : "min"] ? null : typed(filter, input.value) || null));
        state[name] = ends.some(end => end !== null) ? ends : [];
      }
    }
  };
  const writeForm = () => {
    for (const [name, filter] of filters) {
      const found = controls(name), chosen = state[name];
      if (filter.t === "select" || filter.t === "multiselect") for (const option of found[0].options) option.selected = chosen.length ? chosen.some(one => String(one) === option.value) : option.value === "" && filter.t === "select";
      else if (filter.t === "toggle") found[0].checked = chosen.length > 0;
      else if (filter.t === "search") found[0].value = chosen[0] ?? "";
      else found.forEach(input => { input.value = chosen[+input.dataset.end] ?? (filter.t === "slider" ? input[+input.dataset.end ? "max" : "min"] : ""); });
    }
    for (const input of $$("input[type=range]", form)) input.nextElementSibling.textContent = trimmed(number(+input.value, 2));
  };
  const cascade = () => {
    for (const [name, filter] of filters) {
      if (!filter.p) continue;
      const may = new Set(filter.c.filter(row => filter.p.every((parent, i) => passes(filters.get(parent), row[i]))).map(row => String(row.at(-1))));
      for (const option of controls(name)[0].options) if (option.value !== "") { option.hidden = option.disabled = !may.has(option.value); if (option.hidden) option.selected = false; }
    }
  };
  const asText = ends => ends.map(end => end ?? "").join("..");
  const writeAddress = () => {
    const query = new URLSearchParams();
    for (const [name, filter] of filters) {
      const chosen = state[name];
      if (JSON.stringify(chosen) === JSON.stringify(filter.d)) continue;
      if (!chosen.length) query.append(name, "");
      else if (filter.t === "date_range" || filter.t === "slider") query.append(name, asText(chosen));
      else for (const one of chosen) query.append(name, one);
    }
    const text = String(query);
    try { history.replaceState(null, "", (text ? "?" + text : location.pathname) + location.hash); } catch { /* some browsers keep addresses of files as they are */ }
  };
  const readAddress = () => {
    const query = new URLSearchParams(location.search);
    for (const [name, filter] of filters) {
      if (!query.has(name)) continue;
      const given = query.getAll(name).filter(v => v !== "");
      if (filter.t === "date_range" || filter.t === "slider") state[name] = given.length ? given[0].split("..").map(end => (end === "" ? null : typed(filter, end))) : [];
      else state[name] = filter.t === "toggle" ? (given[0] === "true" ? [true] : []) : given;
    }
  };
  const changed = async () => {
    readForm();
    cascade();
    readForm();
    writeForm();
    writeAddress();
    await update();
    stamp();
  };
  const stamp = () => {
    const said = page.filters.flatMap(f => (state[f.n].length ? [`${($(`label[for="f-${CSS.escape(f.n)}"]`, form) || controls(f.n)[0].closest("fieldset").firstElementChild).textContent}: ${f.t === "date_range" || f.t === "slider" ? asText(state[f.n]) : state[f.n].join(", ")}`] : []));
    $("#db-said").textContent = said.join("; ");
    $(".db-chosen")?.remove();
    if (said.length) form.after(make("p", { className: "db-chosen", textContent: said.join("; ") }));
  };

  /* ---- tabs ---- */
  const tabs = $$(".db-tab[id]");
  const openTab = () => {
    const wanted = decodeURIComponent(location.hash.slice(1)), open = tabs.find(tab => tab.id === wanted) || tabs[0];
    for (const tab of tabs) tab.hidden = tab !== open;
    for (const link of $$(".db-tabs a")) link.toggleAttribute("aria-current", false);
    const link = $(`.db-tabs a[href="#${CSS.escape(open.id)}"]`);
    if (link) link.setAttribute("aria-current", "true");
  };

  for (const table of $$(".db-grid")) equip(table);
  if (tabs.length > 1) {
    $("main").classList.add("tabbed");
    addEventListener("hashchange", openTab);
    openTab();
  }
  const stale = $("[data-stale-at]");
  if (stale && Date.now() > Date.parse(stale.dataset.staleAt)) stale.hidden = false;
  if (form) {
    form.hidden = false;
    readAddress();
    writeForm();
    cascade();
    let timer = 0;
    form.addEventListener("input", event => { clearTimeout(timer); timer = setTimeout(changed, event.target.matches("[type=search], [type=range]") ? 120 : 0); });
    form.addEventListener("reset", event => { event.preventDefault(); for (const f of page.filters) state[f.n] = f.d; writeForm(); changed(); });
    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("mousedown", event => {
      const option = event.target.closest("select[multiple] option");
      if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      option.selected = !option.selected;
      option.parentElement.focus();
      option.parentElement.dispatchEvent(new Event("input", { bubbles: true }));
    });
    if (JSON.stringify(state) !== first) changed();
  }
  document.documentElement.dataset.ready = "1";
})();
