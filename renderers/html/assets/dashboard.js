/* A dashboard's tiles, filters and tabs. The page shows every number without these scripts; what they
   compute comes from the cells embedded in the page. */
"use strict";
(() => {
  const {
    page,
    W,
    $,
    $$,
    make,
    marked,
    number,
    trimmed,
    text,
    form,
    filters,
    state,
    first,
    passes,
    points,
    rowsOf,
    single,
    fill,
    total,
    pivot,
    numeric,
    tables,
    equip,
    draw,
    withheld,
  } = window.dataspace;
  /* ---- tiles ---- */
  const keep = new Map();
  const original = (node, redraw) => {
    if (node && !keep.has(node))
      keep.set(
        node,
        [...node.childNodes].map(child => child.cloneNode(true)),
      );
    if (node) redraw(node);
  };
  const updates = {
    kpi(tile, box) {
      const value = single(tile.a.main),
        shown = $(".db-value", box);
      original(shown, node => {
        node.textContent = text(value, tile.h);
      });
      shown.classList.toggle("withheld", marked(value));
      shown.classList.remove("good", "warn", "bad");
      const length = shown.textContent.length;
      shown.classList.toggle("long", length > 8 && length < 13);
      shown.classList.toggle("longer", length > 12);
      if (tile.t.length && typeof value === "number")
        shown.classList.add(
          (tile.t.find(
            ([below, above]) => (below !== null && value < below) || (above !== null && value > above),
          ) || [0, 0, "good"])[2],
        );
      const spark = tile.a.spark,
        paths = spark && spark.c ? sparkPaths(rowsOf(spark).map(row => row.at(-1))) : [];
      $$(".db-spark path", box).forEach((path, i) => paths[i] === undefined || path.setAttribute("d", paths[i]));
      if (tile.g) compare(tile, value, $(".db-change", box));
    },
    table(tile, box) {
      const table = $("table", box);
      for (const part of [table.tHead, table.tBodies[0], table.tFoot]) original(part, () => {});
      if (tile.v) pivot(table, tile);
      else {
        fill(table, tile.a.main.f, rowsOf(tile.a.main), tile.m, tile.u);
        total(table, tile.a.main.f, tile.a.total);
      }
      tables.get(table)?.();
    },
    chart(tile, box, id) {
      const rows = rowsOf(tile.a.main),
        table = $("table", box),
        chart = $(".db-chart", box);
      original(table.tBodies[0], () => fill(table, tile.a.main.f, rows, [], tile.u));
      tables.get(table)?.();
      if (tile.h)
        original($("header :is(h2, h3)", box), node => {
          node.textContent = tile.h;
        });
      /* Nothing to draw has no extent: say so in its place. */
      const hidden = rows.filter(row => row.some(marked)).length,
        empty = !rows.length ? W.no_rows : hidden === rows.length && !tile.z ? W.all_withheld : "",
        none =
          $(".db-none.db-live", chart) || chart.appendChild(make("p", { className: "db-live db-none" }));
      none.textContent = empty;
      original($(".db-note", box), node => {
        node.textContent = empty ? "" : withheld(rows);
      });
      return Promise.resolve(empty || draw(id, chart, tile, rows)).then(() => {
        $(".db-still", chart).hidden = true;
        for (const live of $$(".db-live", chart)) live.hidden = (live === none) !== !!empty;
      });
    },
    map(tile, box) {
      const rows = rowsOf(tile.a.main),
        by = new Map(rows.map(([key, value]) => [String(key), value])),
        table = $("table", box);
      original(table.tBodies[0], () => fill(table, tile.a.main.f, rows));
      tables.get(table)?.();
      const open = tile.a.main.c.r && points(tile.a.main.c);
      for (const dot of open ? $$("[data-i]", box) : [])
        dot.toggleAttribute("hidden", !open[tile.a.main.c.r[dot.dataset.i]]);
      for (const area of $$("[data-k]", box)) {
        area.dataset.first ??= area.getAttribute("class") + "|" + area.firstChild.textContent;
        const value = by.get(area.dataset.k),
          step = tile.b.filter(b => value >= b).length;
        area.setAttribute(
          "class",
          marked(value)
            ? "qs"
            : typeof value !== "number"
              ? "q0"
              : tile.q[step],
        );
        area.firstChild.textContent = `${area.dataset.l}: ${text(value, tile.a.main.f[1][3])}`;
      }
    },
    text() {},
  };
  /* A number compared again: with the target, another aggregate, or the same over the period before. */
  const period = ends => {
    if (ends.length !== 2 || ends.some(end => !end)) return null;
    const [start, end] = ends.map(text => new Date(text + "T00:00:00Z")),
      shifted = (day, days) => new Date(+day + days * 864e5),
      iso = day => day.toISOString().slice(0, 10),
      last = shifted(start, -1);
    if (start.getUTCDate() !== 1 || shifted(end, 1).getUTCDate() !== 1)
      return [iso(shifted(last, (start - end) / 864e5)), iso(last)];
    const months =
      (end.getUTCFullYear() - start.getUTCFullYear()) * 12 + end.getUTCMonth() - start.getUTCMonth() + 1;
    return [iso(new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() - months, 1))), iso(last)];
  };
  const before = ({ a, g: [to, , target, range] }) => {
    if (to === "target") return target;
    if (!to) return a.compare.c ? single(a.compare) : null;
    const chosen = range && state[range],
      ends = chosen && period(chosen);
    if (!ends) return null;
    state[range] = ends;
    const found = single(a.main);
    state[range] = chosen;
    return found;
  };
  const compare = (tile, value, line) => {
    const was = before(tile),
      [to, good, , , words, same] = tile.g,
      /* Shares differ by points, other numbers in proportion. */
      points = tile.h[0] === "p",
      share = points && was !== null ? value - was : (value - was) / Math.abs(was);
    original(line, () => {});
    line.hidden = !marked(value) && !marked(was) && !Number.isFinite(share);
    line.className = "db-change";
    if (marked(value) || marked(was)) line.textContent = text([2]);
    else {
      const than = to ? words : `${words} ${text(was, tile.a.main.f[0][3])}`,
        said = text(share, points ? "pp" : "pct1");
      if (share && good !== "none") line.classList.add(share > 0 === (good === "up") ? "good" : "bad");
      line.replaceChildren(
        ...(share ? [make("span", { ariaHidden: "true", textContent: share > 0 ? "▲" : "▼" }), " "] : []),
        make("strong", { textContent: share ? (share > 0 && !points && /[1-9]/.test(said) ? "+" : "") + said : same }),
        " " + than,
      );
    }
  };
  const sparkPaths = values => {
    const found = numeric(values),
      low = Math.min(...found),
      span = Math.max(...found) - low || 1,
      x = i => 3 + (i * 114) / (values.length - 1),
      known = i => typeof values[i] === "number",
      y = i => (29 - ((values[i] - low) * 26) / span).toFixed(1);
    if (found.length < 2) return ["", ""];
    return [
      values.map((_, i) => (known(i) ? `${known(i - 1) ? "L" : "M"}${x(i).toFixed(1)},${y(i)}${known(i - 1) ? "" : "h0"}` : "")),
      values.map((v, i) => (marked(v) ? `M${(x(i) - 3).toFixed(1)},30h6` : "")),
    ].map(parts => parts.join(""));
  };
  const numbers = (tile, box) => {
    for (const node of $$("[data-n]", box)) {
      const answer = tile.n?.[node.dataset.n];
      if (answer?.c)
        original(node, () => {
          const value = single(answer);
          node.textContent = text(value, answer.f[0][3]);
          node.classList.toggle("withheld", marked(value));
        });
    }
  };
  const restore = () => {
    for (const [node, children] of keep)
      node.replaceChildren(...children.map(child => child.cloneNode(true)));
    for (const area of $$("[data-first]")) {
      const [name, said] = area.dataset.first.split(/\|(.*)/s);
      area.setAttribute("class", name);
      area.firstChild.textContent = said;
    }
    for (const dot of $$("[data-i][hidden]")) dot.removeAttribute("hidden");
    for (const live of $$(".db-live")) {
      live.hidden = true;
      $(".db-still", live.parentElement).hidden = false;
    }
    for (const [node, value] of looks) {
      value.forEach(([name, was]) => node.setAttribute(name, was));
      node.toggleAttribute("hidden", value.some(([name]) => name === "hidden"));
    }
    for (const show of tables.values()) show();
  };
  const looks = new Map(
    $$(".db-value, .num, .db-spark path, .db-change").map(node => [
      node,
      ["class", "d", "hidden"].flatMap(name => (node.hasAttribute(name) ? [[name, node.getAttribute(name)]] : [])),
    ]),
  );
  const acts = tile =>
    Object.values(tile.a)
      .concat(tile.n || [])
      .some(answer => answer.c);
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

  /* ---- the form, and its place in the address ---- */
  const controls = name => $$(`[name="${CSS.escape(name)}"]`, form);
  const typed = (filter, raw) => (filter.t === "slider" ? (raw === "" ? null : +raw) : raw);
  const readForm = () => {
    for (const [name, filter] of filters) {
      const found = controls(name);
      if (filter.t === "select" || filter.t === "multiselect")
        state[name] = [...found[0].selectedOptions].map(o => o.value).filter(v => v !== "");
      else if (filter.t === "toggle") state[name] = found[0].checked ? [true] : [];
      else if (filter.t === "search") state[name] = found[0].value.trim() ? [found[0].value.trim()] : [];
      else {
        const ends = found.map(input =>
          filter.t === "slider" && input.value === input[+input.dataset.end ? "max" : "min"]
            ? null
            : typed(filter, input.value) || null,
        );
        state[name] = ends.some(end => end !== null) ? ends : [];
      }
    }
  };
  const writeForm = () => {
    for (const [name, filter] of filters) {
      const found = controls(name),
        chosen = state[name];
      if (filter.t === "select" || filter.t === "multiselect")
        for (const option of found[0].options)
          option.selected = chosen.length
            ? chosen.some(one => String(one) === option.value)
            : option.value === "" && filter.t === "select";
      else if (filter.t === "toggle") found[0].checked = chosen.length > 0;
      else if (filter.t === "search") found[0].value = chosen[0] ?? "";
      else
        found.forEach(input => {
          input.value =
            chosen[+input.dataset.end] ??
            (filter.t === "slider" ? input[+input.dataset.end ? "max" : "min"] : "");
        });
    }
    for (const input of $$("input[type=range]", form))
      input.nextElementSibling.textContent = trimmed(number(+input.value, 2));
  };
  const cascade = () => {
    for (const [name, filter] of filters) {
      if (!filter.p) continue;
      const may = new Set(
        filter.c
          .filter(row => filter.p.every((parent, i) => passes(filters.get(parent), row[i])))
          .map(row => String(row.at(-1))),
      );
      for (const option of controls(name)[0].options)
        if (option.value !== "") {
          option.hidden = option.disabled = !may.has(option.value);
          if (option.hidden) option.selected = false;
        }
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
    try {
      history.replaceState(null, "", (text ? "?" + text : location.pathname) + location.hash);
    } catch {
      /* some browsers keep addresses of files as they are */
    }
  };
  const readAddress = () => {
    const query = new URLSearchParams(location.search);
    for (const [name, filter] of filters) {
      if (!query.has(name)) continue;
      const given = query.getAll(name).filter(v => v !== "");
      if (filter.t === "date_range" || filter.t === "slider")
        state[name] = given.length
          ? given[0].split("..").map(end => (end === "" ? null : typed(filter, end)))
          : [];
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
    const said = page.filters.flatMap(f =>
      state[f.n].length
        ? [
            `${($(`label[for="f-${CSS.escape(f.n)}"]`, form) || controls(f.n)[0].closest("fieldset").firstElementChild).textContent}: ${f.t === "date_range" || f.t === "slider" ? asText(state[f.n]) : state[f.n].join(", ")}`,
          ]
        : [],
    );
    $("#db-said").textContent = said.join("; ");
    $(".db-chosen")?.remove();
    if (said.length) form.after(make("p", { className: "db-chosen", textContent: said.join("; ") }));
  };

  /* ---- tabs ---- */
  const tabs = $$(".db-tab[id]");
  const openTab = () => {
    const wanted = decodeURIComponent(location.hash.slice(1)),
      open = tabs.find(tab => tab.id === wanted) || tabs[0];
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
    form.addEventListener("input", event => {
      clearTimeout(timer);
      timer = setTimeout(changed, event.target.matches("[type=search], [type=range]") ? 120 : 0);
    });
    form.addEventListener("reset", event => {
      event.preventDefault();
      for (const f of page.filters) state[f.n] = f.d;
      writeForm();
      changed();
    });
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
