/* Charts under filters: Vega and the compiled charts are loaded when they are first needed. */
"use strict";
(() => {
  const { page, W, SVG, $, $$, make, marked, text, leads } = window.dataspace;
  /* ---- charts: Vega and the compiled charts are loaded when first needed ---- */
  const trusted = window.trustedTypes
    ? trustedTypes.createPolicy("dashboard", { createScriptURL: url => url })
    : { createScriptURL: url => url };
  const scripts = new Map();
  const load = url => {
    if (!scripts.has(url))
      scripts.set(
        url,
        new Promise((done, failed) => {
          const script = make("script", { onload: done, onerror: failed });
          script.src = trusted.createScriptURL(url);
          document.head.append(script);
        }),
      );
    return scripts.get(url);
  };
  const dataOf = (answer, rows, tile) => {
    if (tile.w)
      return rows.map(row =>
        Object.fromEntries(tile.w.map((name, i) => [name, marked(row[i]) ? null : row[i]])),
      );
    const ends = new Map();
    const found = rows.map((row, at) => {
      const datum = {};
      row.forEach((value, i) => {
        const [, , measure, format] = answer.f[i];
        datum["c" + i] = marked(value) ? null : value;
        if (marked(value)) datum.s = datum["s" + i] = 1;
        if (measure) datum["t" + i] = text(value, format);
        else if (value === null) datum["c" + i] = text(value, format);
      });
      if (tile.u) datum.u = leads(tile.u, row) || null;
      datum.d = "\u2063" + row.map((value, i) => text(value, answer.f[i][3])).join(" · ");
      return datum;
    });
    found.forEach((datum, at) => {
      const name = tile.e === undefined ? 0 : JSON.stringify(rows[at][tile.e]);
      if (!datum.s || !ends.has(name) || found[ends.get(name)].s) ends.set(name, at);
    });
    for (const at of ends.values()) found[at].last = 1;
    if (tile.o !== undefined) {
      const untold = new Set(rows.filter((row, i) => found[i].s).map(row => JSON.stringify(row[tile.o])));
      rows.forEach((row, at) => {
        if (untold.has(JSON.stringify(row[tile.o])))
          answer.f.forEach(([, , measure], i) => {
            if (measure) found[at]["c" + i] = null;
          });
      });
    }
    return found;
  };
  /* How many of the rows are withheld, in words; nothing when none is. */
  const withheld = rows => {
    const hidden = rows.filter(row => row.some(marked)).length;
    return hidden ? W.withheld.replace("{n}", hidden).replace("{m}", rows.length) : "";
  };
  const views = new Map();
  const draw = async (id, box, tile, rows) => {
    await Promise.all([load(page.vega), load(page.charts)]);
    const { View, parse, expressionInterpreter } = window.dataspaceVega,
      values = dataOf(tile.a.main, rows, tile);
    let live = $(".db-live:not(.db-none)", box);
    if (!live) {
      live = make("div", { className: "db-live" });
      box.append(live);
      const spec = window.dataspaceCharts[id],
        width = Math.floor(box.clientWidth);
      if (typeof spec.width === "number") spec.width = width;
      const view = new View(parse(spec, null, { ast: true }), {
        renderer: "svg",
        expr: expressionInterpreter,
        hover: false,
        logLevel: 1,
      });
      views.set(id, view.data("rows", values).initialize(live));
    }
    /* Vega gives the box a role of its own when it first draws there. */
    live.setAttribute("role", "img");
    live.removeAttribute("aria-roledescription");
    live.setAttribute(
      "aria-label",
      `${tile.y.split(".")[0]}. ${W.filtered} ${rows.length} ${rows.length === 1 ? W.row : W.rows}. ${withheld(rows)}`.trim(),
    );
    await views.get(id).data("rows", values).runAsync();
    /* The drawing is one picture with a name, and a table below: its parts keep what they say as titles. */
    for (const part of $$("[role], [aria-label]", live)) {
      const said = part.getAttribute("aria-label");
      if (said?.startsWith("\u2063")) {
        const title = document.createElementNS(SVG, "title");
        title.textContent = said.slice(1);
        part.replaceChildren(title);
      }
      for (const name of ["role", "aria-label", "aria-roledescription"]) part.removeAttribute(name);
    }
  };

  Object.assign(window.dataspace, { draw, withheld });
})();
