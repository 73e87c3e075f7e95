/* The maps of tools: the name of the dot under the pointer, and one category lit at a time. */
(function () {
  var block = document.getElementById("map-data");
  if (!block) { return; }
  var names = JSON.parse(block.textContent);
  var NEAR = 12; /* px of the drawing within which a dot is meant */

  function dotsOf(figure) {
    var found = [];
    figure.querySelectorAll(".dot").forEach(function (path) {
      var category = path.dataset.category;
      var own = names[figure.dataset.origin][category];
      path.getAttribute("d").split("M").slice(1).forEach(function (spot, i) {
        var at = spot.split("h")[0].split(" ");
        found.push({ x: +at[0], y: +at[1], name: own[i], category: category });
      });
    });
    return found;
  }

  function light(category) {
    document.querySelectorAll(".plane").forEach(function (plane) {
      var any = false;
      plane.querySelectorAll(".dot").forEach(function (path) {
        var on = path.dataset.category === category;
        path.classList.toggle("on", on);
        any = any || on;
      });
      plane.classList.toggle("lit", category !== null && any);
    });
  }

  var kept = null;
  document.querySelectorAll(".key button").forEach(function (button) {
    var category = button.dataset.category;
    button.addEventListener("mouseenter", function () { light(category); });
    button.addEventListener("mouseleave", function () { light(kept); });
    button.addEventListener("click", function () {
      kept = kept === category ? null : category;
      document.querySelectorAll(".key button").forEach(function (other) {
        other.setAttribute("aria-pressed", String(other.dataset.category === kept));
      });
      light(kept);
    });
  });

  document.querySelectorAll(".map").forEach(function (figure) {
    var plane = figure.querySelector(".plane"), dots = null, tip = null, ring = null;
    function nearest(event) {
      var box = plane.getBoundingClientRect(), scale = plane.viewBox.baseVal.width / box.width;
      var x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
      var best = null, least = NEAR * NEAR;
      dots = dots || dotsOf(figure);
      dots.forEach(function (dot) {
        var away = (dot.x - x) * (dot.x - x) + (dot.y - y) * (dot.y - y);
        if (away < least && (kept === null || dot.category === kept)) { least = away; best = dot; }
      });
      return best && { dot: best, scale: scale };
    }
    function hide() {
      if (tip) { tip.remove(); ring.remove(); tip = ring = null; }
    }
    plane.addEventListener("pointerleave", hide);
    plane.addEventListener("pointermove", show);
    plane.addEventListener("pointerdown", show);
    function show(event) {
      var found = nearest(event);
      hide();
      if (!found) { return; }
      tip = document.createElement("div");
      tip.className = "tip";
      tip.textContent = found.dot.name;
      var small = document.createElement("small");
      small.textContent = found.dot.category.replace(/_/g, " ");
      tip.appendChild(small);
      figure.appendChild(tip);
      var box = plane.getBoundingClientRect(), home = figure.getBoundingClientRect();
      var x = box.left - home.left + found.dot.x / found.scale;
      var y = box.top - home.top + found.dot.y / found.scale;
      tip.style.left = Math.max(4, Math.min(x + 10, home.width - tip.offsetWidth - 4)) + "px";
      tip.style.top = (y - tip.offsetHeight - 8) + "px";
      ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      ring.setAttribute("class", "here");
      ring.setAttribute("cx", found.dot.x);
      ring.setAttribute("cy", found.dot.y);
      ring.setAttribute("r", 6);
      plane.appendChild(ring);
    }
  });
})();
