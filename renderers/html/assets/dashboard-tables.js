/* Tables: filled again under filters, sorted, searched, paged and downloaded. */
"use strict";
(() => {
  const { W, SVG, $, make, marked, text, plain, rowsOf, compare } = window.dataspace;
  /* ---- tables ---- */
  const cellOf = (value, [, kind, , format], extra = {}) => {
    const said = text(value, format),
      cell = make("td", {}),
      names = [];
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
    const svg = document.createElementNS(SVG, "svg"),
      rect = document.createElementNS(SVG, "rect");
    for (const [name, value] of [
      ["class", "db-bar"],
      ["viewBox", "0 0 100 8"],
      ["preserveAspectRatio", "none"],
      ["aria-hidden", "true"],
    ])
      svg.setAttribute(name, value);
    rect.setAttribute("width", share);
    rect.setAttribute("height", 8);
    svg.append(rect);
    return svg;
  };
  const numeric = values => values.filter(v => typeof v === "number");
  const heat = (value, peers) => {
    const sorted = numeric(peers).sort((a, b) => a - b),
      classes = Math.min(5, new Set(sorted).size);
    const bounds = [
      ...new Set(
        [1, 2, 3, 4].slice(0, classes - 1).map(i => sorted[Math.floor((sorted.length * i) / classes)]),
      ),
    ];
    return 1 + bounds.filter(b => value >= b).length;
  };
  const decoration = (marks, rows, row, i) => {
    const [bar, within] = marks[i] || [0, 0],
      value = row[i],
      extra = {},
      all = rows.map(r => r[i]);
    if (typeof value !== "number") return extra;
    if (bar) extra.bar = Math.round((Math.abs(value) * 1000) / Math.max(...numeric(all).map(Math.abs))) / 10;
    const hot = marks.flatMap(([, h], k) => (h ? [k] : []));
    const peers = { column: all, row: hot.map(k => row[k]), table: rows.flatMap(r => hot.map(k => r[k])) };
    if (within) extra.heat = heat(value, peers[within]);
    return extra;
  };
  const leads = (link, row) => {
    const known = place => row[link.n[place]],
      places = link.v.flatMap(([, template]) => [...template.matchAll(/\{(\w+)\}/g)].map(found => found[1]));
    if (places.some(place => known(place) === null || marked(known(place)))) return "";
    return (
      link.b +
      "?" +
      link.v
        .map(
          ([name, template]) =>
            encodeURIComponent(name) +
            "=" +
            encodeURIComponent(template.replace(/\{(\w+)\}/g, (_, place) => known(place))),
        )
        .join("&")
    );
  };
  const fill = (table, fields, rows, marks = [], link = null) => {
    const lines = rows.map(row =>
      make(
        "tr",
        {},
        ...row.map((value, i) => {
          const extra = decoration(marks, rows, row, i);
          if (link && link.c === i) extra.href = leads(link, row);
          return cellOf(value, fields[i], extra);
        }),
      ),
    );
    if (!lines.length)
      lines.push(make("tr", {}, make("td", { colSpan: fields.length, textContent: W.no_rows })));
    table.tBodies[0].replaceChildren(...lines);
  };
  const total = (table, fields, answer) => {
    if (!answer || !table.tFoot) return;
    const values = rowsOf(answer)[0] || [],
      by = new Map(answer.f.map(([label], i) => [label, i]));
    [...table.tFoot.rows[0].cells].forEach((cell, i) => {
      const at = by.get(fields[i][0]);
      if (at !== undefined) cell.replaceWith(cellOf(values[at] ?? null, fields[i]));
    });
  };
  const pivot = (table, tile) => {
    const { main, row_totals, column_totals, total: whole } = tile.a,
      [down, across, share, totals] = tile.v;
    const values = main.f.slice(down + across),
      key = JSON.stringify,
      rows = rowsOf(main);
    const totalsOf = (answer, width) =>
      new Map((answer ? rowsOf(answer) : []).map(r => [key(r.slice(0, width)), r.slice(width)]));
    const byRow = totalsOf(row_totals, down),
      byColumn = totalsOf(column_totals, across),
      all = totalsOf(whole, 0).get("[]");
    const cells = new Map(rows.map(r => [key(r.slice(0, down + across)), r.slice(down + across)]));
    const distinct = parts => [...new Map(parts.map(p => [key(p), p])).values()];
    const keys = distinct(rows.map(r => r.slice(0, down)));
    const heads = distinct(rows.map(r => r.slice(down, down + across))).sort((a, b) =>
      String(a) < String(b) ? -1 : 1,
    );
    const views = (found, r, c) =>
      values.map((field, i) => {
        if (!found) return make("td", { className: "n" });
        const base = { row: r ? byRow.get(key(r)) : all, column: c ? byColumn.get(key(c)) : all, all }[share];
        if (share === "none" || marked(found[i])) return cellOf(found[i], field);
        if (!base || marked(base[i])) return cellOf([2], field);
        return base[i] ? cellOf(found[i] / base[i], [0, "n", 1, "pct1"]) : make("td", { className: "n" });
      });
    const heading = (label, field) =>
      make("th", {
        scope: "col",
        className: "n",
        textContent: values.length === 1 && label ? label : `${label} ${field[0]}`.trim(),
      });
    table.tHead.rows[0].replaceChildren(
      ...main.f.slice(0, down).map(([label]) => make("th", { scope: "col", textContent: label })),
      ...heads.flatMap(h =>
        values.map(f => heading(h.map((v, i) => text(v, Number.isInteger(v) ? "year" : main.f[down + i][3])).join(" · "), f)),
      ),
      ...(totals.includes("row") ? values.map(f => heading(W.total, f)) : []),
    );
    table.tBodies[0].replaceChildren(
      ...keys.map(k =>
        make(
          "tr",
          {},
          ...k.map((v, i) => cellOf(v, main.f[i])),
          ...heads.flatMap(h => views(cells.get(key([...k, ...h])), k, h)),
          ...(totals.includes("row") ? views(byRow.get(key(k)), k, null) : []),
        ),
      ),
    );
    if (table.tFoot)
      table.tFoot.rows[0].replaceChildren(
        make("td", { textContent: W.total }),
        ...Array.from({ length: down - 1 }, () => make("td")),
        ...heads.flatMap(h => views(byColumn.get(key(h)), null, h)),
        ...(totals.includes("row") ? views(all, null, null) : []),
      );
  };

  /* ---- table tools: sort, search, pages, download ---- */
  const tables = new Map();
  const valueOf = cell => {
    const raw = cell?.dataset.v ?? cell?.textContent ?? "";
    return raw !== "" && !Number.isNaN(+raw) ? +raw : raw;
  };
  const csv = table => {
    const quoted = raw => {
      const safe = /^[=+\-@\t\r]/.test(raw) && Number.isNaN(+raw) ? "'" + raw : raw;
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const line = row =>
      [...row.cells].map(cell => quoted(cell.dataset.v ?? cell.textContent.trim())).join(",");
    const body = [...table.tBodies[0].rows].filter(row => !row.dataset.out);
    return "\ufeff" + [table.tHead.rows[0], ...body].map(line).join("\r\n") + "\r\n";
  };
  const equip = table => {
    const size = +table.dataset.size || 0,
      scroll = table.parentElement;
    let at = 0,
      sort = null,
      sought = "";
    const previous = make("button", { type: "button", textContent: W.previous }),
      next = make("button", { type: "button", textContent: W.next });
    const where = make("span"),
      pager = make("span", { className: "db-pager" }, previous, where, next);
    const show = () => {
      const body = table.tBodies[0],
        rows = [...body.rows];
      if (sort) {
        rows.sort((a, b) => {
          const [x, y] = [a, b].map(row => valueOf(row.cells[sort[0]])),
            odd = typeof x !== typeof y;
          return (odd ? (typeof x === "number" ? -1 : 1) : compare(x, y)) * sort[1];
        });
        body.append(...rows);
      }
      const within = rows.filter(row => {
        const out = sought && !plain(row.textContent).includes(sought);
        if (out) row.dataset.out = "1";
        else delete row.dataset.out;
        return !out;
      });
      const pages = size ? Math.max(1, Math.ceil(within.length / size)) : 1;
      at = Math.min(at, pages - 1);
      const seen = new Set(size ? within.slice(at * size, (at + 1) * size) : within);
      for (const row of rows) row.hidden = !seen.has(row);
      pager.hidden = pages < 2;
      where.textContent = `${W.page} ${at + 1} / ${pages}`;
      previous.disabled = at === 0;
      next.disabled = at === pages - 1;
    };
    previous.onclick = () => {
      at--;
      show();
    };
    next.onclick = () => {
      at++;
      show();
    };
    const head = () =>
      [...table.tHead.rows[0].cells].forEach((cell, i) => {
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
      box.oninput = () => {
        sought = plain(box.value);
        at = 0;
        show();
      };
      scroll.before(make("div", { className: "db-tools" }, make("label", {}, W.search, box)));
    }
    tools.append(pager);
    if (table.dataset.download) {
      const button = make("button", { type: "button", textContent: W.download });
      button.onclick = () => {
        const url = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv;charset=utf-8" }));
        make("a", {
          href: url,
          download: plain(table.dataset.download).replace(/[^a-z0-9]+/g, "-") + ".csv",
        }).click();
        setTimeout(() => URL.revokeObjectURL(url), 1000);
      };
      tools.append(button);
    }
    scroll.after(tools);
    tables.set(table, () => {
      head();
      show();
    });
    head();
    show();
  };

  Object.assign(window.dataspace, { fill, total, pivot, numeric, tables, equip, leads });
})();
