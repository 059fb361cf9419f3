/* Search, facets, table sort and copy. Every page is complete without this file. */
(function () {
  "use strict";

  function fold(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/œ/gi, "oe").replace(/æ/gi, "ae").toLowerCase();
  }

  /* ---- search and facets: a form[data-filters="id of the list"] over its [data-item] ---- */
  function wireFilters(form) {
    var list = document.getElementById(form.dataset.filters);
    var items = Array.prototype.slice.call(list.querySelectorAll("[data-item]"));
    var words = items.map(function (item) { return fold(item.textContent + " " + (item.dataset.words || "")); });
    var controls = Array.prototype.slice.call(form.querySelectorAll("input, select"));
    var count = form.querySelector("[data-count]");
    var empty = document.getElementById(form.dataset.filters + "-none");
    var asked = new URLSearchParams(location.search);

    function matches(item, i) {
      return controls.every(function (control) {
        if (!control.value) { return true; }
        if (control.type === "search") {
          return fold(control.value).split(/\s+/).every(function (word) { return words[i].indexOf(word) >= 0; });
        }
        return ("|" + item.getAttribute("data-" + control.name) + "|").indexOf("|" + control.value + "|") >= 0;
      });
    }

    function remember() {
      var query = new URLSearchParams();
      controls.forEach(function (control) { if (control.value) { query.set(control.name, control.value); } });
      try { history.replaceState(null, "", (String(query) ? "?" + query : location.pathname) + location.hash); } catch (_) { /* a frame may forbid it */ }
    }

    function apply() {
      var shown = 0;
      items.forEach(function (item, i) {
        item.hidden = !matches(item, i);
        if (!item.hidden) { shown += 1; }
      });
      count.textContent = (shown === items.length ? count.dataset.all : count.dataset.some.replace("{}", shown)).replace("{}", items.length);
      if (empty) { empty.hidden = shown > 0; }
    }

    controls.forEach(function (control) {
      if (asked.get(control.name)) { control.value = asked.get(control.name); }
      control.addEventListener("input", function () { apply(); remember(); });
    });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(function () { apply(); remember(); }); });
    form.hidden = false;
    apply();
  }

  /* ---- sort: table[data-sort]; a cell's data-v is its value when the text is not ---- */
  function value(row, column) {
    var cell = row.cells[column];
    return cell.dataset.v !== undefined ? cell.dataset.v : cell.textContent.trim();
  }

  function compare(a, b) {
    var x = Number(a), y = Number(b);
    if (a !== "" && b !== "" && !isNaN(x) && !isNaN(y)) { return x - y; }
    return fold(a) < fold(b) ? -1 : fold(a) > fold(b) ? 1 : 0;
  }

  function wireSort(table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      if (!head.textContent.trim()) { return; }
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        Array.prototype.slice.call(table.tBodies[0].rows)
          .map(function (row, i) { return [value(row, column), i, row]; })
          .sort(function (a, b) { return (compare(a[0], b[0]) * (down ? -1 : 1)) || a[1] - b[1]; })
          .forEach(function (entry) { table.tBodies[0].appendChild(entry[2]); });
      });
    });
  }

  /* ---- copy: button[data-copy="id of the text"] ---- */
  function wireCopy(button) {
    var label = button.textContent;
    if (!navigator.clipboard) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
        button.textContent = button.dataset.copied;
        setTimeout(function () { button.textContent = label; }, 1500);
      }, function () { button.hidden = true; });
    });
  }

  /* A region is focusable only where it scrolls: keyboards reach all of it, and nothing needless. */
  function wireScroll(region) {
    function update() {
      if (region.scrollWidth > region.clientWidth) { region.tabIndex = 0; } else { region.removeAttribute("tabindex"); }
    }
    update();
    window.addEventListener("resize", update);
  }

  document.querySelectorAll("form[data-filters]").forEach(wireFilters);
  document.querySelectorAll("table[data-sort]").forEach(wireSort);
  document.querySelectorAll("button[data-copy]").forEach(wireCopy);
  document.querySelectorAll(".scroll").forEach(wireScroll);
})();
