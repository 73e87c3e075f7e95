/* The browser of tools: search, one tool at a time, its recorded calls. Data goes in as text. */
(function () {
  var block = document.getElementById("tools-data"), frame = document.querySelector(".browser");
  if (!block || !frame) { return; }
  var tools = JSON.parse(block.textContent);
  var MOST = 60; /* hits shown at once */
  var input = frame.querySelector("input"), count = frame.querySelector(".count");
  var picks = frame.querySelectorAll("select"), hits = frame.querySelector(".hits");
  var pane = frame.querySelector(".tool"), open = null;

  /* make("p", "css", "text" or [children]) */
  function make(tag, css, inner) {
    var made = document.createElement(tag);
    if (css) { made.className = css; }
    (Array.isArray(inner) ? inner : inner === undefined ? [] : [inner]).forEach(function (part) {
      made.append(part); /* strings become text nodes */
    });
    return made;
  }
  function table(head, rows) {
    var titles = head.map(function (name) {
      var cell = make("th", "", name);
      cell.scope = "col";
      return cell;
    });
    var body = rows.map(function (row) {
      return make("tr", "", row.map(function (cell, i) {
        return i === 0 ? make("th", "", make("code", "", cell))
          : make("td", i === row.length - 1 ? "said" : "", cell);
      }));
    });
    return make("div", "scroll", make("table", "plain", [
      make("thead", "", make("tr", "", titles)), make("tbody", "", body)]));
  }
  function spaced(text) { return text.replace(/_/g, " "); }

  tools.forEach(function (tool) {
    tool.hay = [tool.name, tool.title, tool.text, spaced(tool.category), tool.category, tool.home,
      tool.originName, tool.step].concat(tool.errors.map(function (e) { return e[0]; }))
      .join(" ").toLowerCase();
  });

  function rank(tool, words) {
    return words.length && tool.name.toLowerCase().indexOf(words[0]) >= 0 ? 0 : 1;
  }
  function search() {
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var found = tools.filter(function (tool) {
      return (!picks[0].value || tool.origin === picks[0].value) &&
        (!picks[1].value || tool.category === picks[1].value) &&
        words.every(function (word) { return tool.hay.indexOf(word) >= 0; });
    }).sort(function (a, b) {
      return rank(a, words) - rank(b, words) || (b.calls.length > 0) - (a.calls.length > 0);
    });
    count.textContent = found.length + (found.length === 1 ? " tool" : " tools") +
      (found.length > MOST ? ", the first " + MOST + " shown" : "");
    hits.replaceChildren.apply(hits, found.slice(0, MOST).map(hit));
    return found;
  }
  function hit(tool) {
    var runs = tool.calls.length;
    var button = make("button", "", [make("code", "", tool.name), make("small", "",
      spaced(tool.category) + " · " + tool.originName +
      (runs ? " · " + runs + (runs === 1 ? " call" : " calls") : ""))]);
    button.type = "button";
    button.setAttribute("aria-current", String(tool === open));
    button.addEventListener("click", function () { show(tool); search(); });
    return make("li", "", button);
  }

  function show(tool) {
    open = tool;
    var chips = [make("span", "chip", tool.originName), " ",
      make("span", "chip", spaced(tool.category))];
    tool.hints.forEach(function (hint) { chips.push(" ", make("span", "chip " + hint[1], hint[0])); });
    var parts = [make("small", "", [tool.home, tool.step].filter(Boolean).join(" · ")),
      make("h3", "", tool.name), make("div", "", chips), make("p", "about", tool.text)];
    if (tool.proof) { parts.push(make("p", "fine", "Proof: " + tool.proof + ".")); }
    if (tool.calls.length) { parts.push(runner(tool)); }
    parts.push(make("h4", "", "Parameters"));
    parts.push(tool.params.length
      ? table(["name", "type", "", "rules", "description"], tool.params)
      : make("p", "fine", "None."));
    if (tool.errors.length) {
      parts.push(make("h4", "", "Errors it declares"));
      parts.push(table(["code", "message", "in the proof"], tool.errors));
    }
    if (!tool.calls.length) {
      parts.push(make("p", "absent", tool.proof
        ? "No call of it is recorded here."
        : "It has no program: an agent meets it as a distractor, or served by a model."));
    }
    pane.replaceChildren.apply(pane, parts);
    pane.scrollTop = 0;
  }

  function runner(tool) {
    var outcome = make("div", ""), choices = make("div", "choices"), seen = 0;
    var buttons = tool.calls.map(function (call) {
      var good = call.ending === "success";
      seen += good;
      var button = make("button", good ? "good" : "bad", good ? "success " + seen : call.ending);
      button.type = "button";
      button.addEventListener("click", function () {
        buttons.forEach(function (b) { b.setAttribute("aria-pressed", String(b === button)); });
        outcome.replaceChildren(result(call));
      });
      return button;
    });
    choices.append.apply(choices, buttons);
    buttons[0].click();
    return make("div", "", [make("h4", "", "Run it: recorded calls"), choices, outcome]);
  }
  function result(call) {
    var changes = call.changes.map(function (change) {
      return make("li", "", [make("b", "", change[0]), make("del", "", change[1]), " → ",
        make("ins", "", change[2])]);
    });
    if (call.more) { changes.push(make("li", "", call.more + " more changes")); }
    var parts = [make("div", "exchange", [
      make("div", "", [make("h4", "", "Request"), make("pre", "", call.request)]),
      make("div", "", [make("h4", "", call.ending === "success" ? "Result" : "Error"),
        make("pre", "", call.result)])]),
      make("h4", "", "What changed in the world"),
      changes.length ? make("ul", "diff", changes) : make("p", "fine", "Nothing.")];
    if (call.rows.length) {
      parts.push(make("h4", "", "Rows that the request names, before it"));
      parts.push(make("ul", "diff", call.rows.map(function (row) {
        return make("li", "", [make("b", "", row[0]), make("span", "", row[1])]);
      })));
    }
    if (call.unusual) {
      parts.push(make("p", "fine", "Earlier calls, or a condition put there on purpose, had " +
        "changed the sampled state before this one."));
    }
    return make("div", "", parts);
  }

  frame.hidden = false;
  input.addEventListener("input", search);
  picks.forEach(function (pick) { pick.addEventListener("change", search); });
  var first = search();
  show(first.filter(function (tool) { return tool.calls.length > 3; })[0] || first[0]);
  search();
})();
