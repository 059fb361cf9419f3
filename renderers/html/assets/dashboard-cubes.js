/* What the filters choose, and the cells of each answer added up over it: exact under every choice. */
"use strict";
(() => {
  const { page, $, marked } = window.dataspace;
  /* ---- filters ---- */
  const form = $(".db-filters"),
    filters = new Map(page.filters.map(f => [f.n, f]));
  const state = Object.fromEntries(page.filters.map(f => [f.n, f.d]));
  const first = JSON.stringify(state);
  const plain = value =>
    String(value)
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase();
  const passes = (filter, value) => {
    const chosen = state[filter.n];
    if (!chosen.length) return true;
    if (value === null) return false;
    /* Somebody whose value is not told: of those chosen by name they are none, in a range they may be. */
    if (marked(value)) return !["select", "multiselect"].includes(filter.t);
    switch (filter.t) {
      case "toggle":
        return value === true;
      case "search":
        return plain(value).includes(plain(chosen[0]));
      case "date_range": {
        const day = value.slice(0, 10);
        return (!chosen[0] || day >= chosen[0]) && (!chosen[1] || day <= chosen[1]);
      }
      case "slider":
        return (chosen[0] === null || value >= chosen[0]) && (chosen[1] === null || value <= chosen[1]);
      default:
        return chosen.some(one => String(one) === String(value));
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
    const count = cube.P.length ? cube.P[0].length : 0,
      open = new Uint8Array(count);
    for (let i = 0; i < count; i++)
      open[i] = cube.f.every((name, k) => passes(filters.get(name), cube.P[k][i]));
    return open;
  };
  const folds = {
    sum: (a, v) => (v === null ? a : (a || 0) + v),
    count: (a, v) => (a || 0) + v,
    min: (a, v) => (v === null || (a !== null && a <= v) ? a : v),
    max: (a, v) => (v === null || (a !== null && a >= v) ? a : v),
  };
  folds.distinct = folds.count;
  const fold = (leaf, groups, open, present) => {
    const start = leaf.k === "count" || leaf.k === "distinct" ? 0 : null;
    const found = new Array(groups).fill(start),
      parts = new Uint16Array(groups),
      lists = leaf.k === "values" ? new Map() : null;
    leaf.g.forEach((group, i) => {
      const at = leaf.p[i];
      if (!(marked(at) ? at.some(p => open[p]) : open[at])) return;
      present[group] = 1;
      parts[group]++;
      const value = leaf.v[i];
      if (lists) {
        if (!lists.has(group)) lists.set(group, []);
        lists.get(group).push([value, leaf.n[i]]);
      } else if (marked(value) || marked(found[group])) found[group] = parts[group] === 1 ? value : [2];
      else if (leaf.k === "lone") found[group] = parts[group] === 1 ? value : [2];
      else found[group] = folds[leaf.k](found[group], value);
    });
    if (lists) for (const [group, list] of lists) found[group] = quantile(list, leaf.q);
    return found;
  };
  const quantile = (list, share) => {
    list.sort((a, b) => a[0] - b[0]);
    const place = share * (list.reduce((all, [, n]) => all + n, 0) - 1),
      at = index => {
        let seen = 0;
        for (const [value, n] of list) if ((seen += n) > index) return value;
        return null;
      };
    const low = at(Math.floor(place));
    return low + (at(Math.ceil(place)) - low) * (place - Math.floor(place));
  };
  const operators = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    neg: a => -a,
    abs: Math.abs,
    round: (a, d = 0) => (Math.sign(a) * Math.round(Math.abs(a) * 10 ** d)) / 10 ** d,
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
  const ordered = (rows, [by, down]) =>
    rows.sort((a, b) => {
      const lacking = [a[by], b[by]].some(v => v === null || marked(v));
      const way = compare(a[by], b[by]) * (down && !lacking ? -1 : 1);
      if (way) return way;
      for (let i = 0; i < a.length; i++)
        if (i !== by) {
          const next = compare(a[i], b[i]);
          if (next) return next;
        }
      return 0;
    });
  const rowsOf = answer => {
    const cube = decoded(answer.c),
      open = points(cube),
      group = g => cube.G.map(values => values[g]);
    if (cube.r) return cube.r.flatMap((p, i) => (open[p] ? [group(i)] : []));
    if (!cube.L) return [];
    const present = new Uint8Array(cube.n),
      leaves = cube.L.map(leaf => fold(leaf, Math.max(cube.n, 1), open, present));
    const rows = [];
    for (let g = 0; g < Math.max(cube.n, 1); g++) {
      if (cube.G.length && !present[g]) continue;
      const dimensions = group(g),
        measures = cube.F.map(formula => computed(formula, leaves, g));
      rows.push(answer.f.map(([, , measure]) => (measure ? measures : dimensions).shift()));
    }
    ordered(rows, answer.s || [0, 0]);
    return answer.l ? rows.slice(0, answer.l) : rows;
  };
  const single = answer => (rowsOf(answer)[0] || [null])[0];

  Object.assign(window.dataspace, {
    form,
    filters,
    state,
    first,
    plain,
    passes,
    points,
    rowsOf,
    single,
    compare,
  });
})();
