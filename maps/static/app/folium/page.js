// Colours the areas of a printed map, and tells about the one that is pointed at. A plain script: folium's are, too.
const wangge = (() => {
  const drawn = [];
  let words = {};
  let measure = 0;
  let hatch = null;
  let heated = false;
  const late = [];

  // Canvas takes a pattern where it takes a colour; what is unknown is hatched, never zero's colour.
  function hatched() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = words.hatch;
    for (const shift of [-8, 0, 8]) {
      pen.moveTo(shift, 8);
      pen.lineTo(shift + 8, 0);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  function style(layer) {
    const step = words.areas[layer.feature.id].classes[measure];
    const classed = step < 0 ? hatch : words.steps[measure][step];
    const colour = heated ? null : classed;
    return { color: words.line, weight: 0.6, opacity: 1, fill: true, fillColor: colour ?? words.ground, fillOpacity: 1 };
  }

  function line(tag, text, parent) {
    const element = document.createElement(tag);
    element.textContent = text;
    parent.append(element);
  }

  // Text nodes only: a name may hold anything.
  function described({ name, code, rows }) {
    const box = document.createElement("div");
    line("strong", name, box);
    const list = document.createElement("dl");
    [words.code, ...words.labels].forEach((label, index) => {
      line("dt", label, list);
      line("dd", [code, ...rows][index], list);
    });
    box.append(list);
    return box;
  }

  function area(feature, layer) {
    drawn.push(layer);
    layer.bindTooltip(() => described(words.areas[feature.id]), { sticky: true });
    layer.bindPopup(() => described(words.areas[feature.id]));
    layer.on("mouseover popupopen", () => layer.setStyle({ color: words.strong, weight: 2 }));
    layer.on("mouseout popupclose", () => layer.setStyle(style(layer)));
  }

  function colour() {
    for (const layer of drawn) layer.setStyle(style(layer));
  }

  // Thousands of shapes hide what lies under them: a layer made with this is drawn from a zoom on.
  function from(zoom) {
    const held = [];
    late.push({ zoom, held });
    return (_feature, layer) => held.push({ layer, stroke: layer.options.stroke, fill: layer.options.fill });
  }

  function drawLate(map) {
    for (const { zoom, held } of late) {
      const near = map.getZoom() >= zoom;
      for (const { layer, stroke, fill } of held) layer.setStyle({ stroke: near && stroke, fill: near && fill });
    }
  }

  function start(map) {
    hatch = hatched();
    map.on("zoomend", () => drawLate(map));
    drawLate(map);
    map.attributionControl?.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);
    map.getContainer().setAttribute("aria-label", words.map);
    map.getContainer().setAttribute("role", "region");
    for (const choice of document.querySelectorAll("input[name=measure]")) {
      choice.addEventListener("change", () => {
        measure = Number(choice.value);
        colour();
      });
    }
    // Heat over coloured areas reads as neither; while it is on, the areas keep their lines alone.
    const heat = (on) => (event) => {
      if (!L.HeatLayer || !(event.layer instanceof L.HeatLayer)) return;
      heated = on;
      colour();
    };
    map.on("overlayadd", heat(true));
    map.on("overlayremove", heat(false));
    colour();
    document.documentElement.dataset.ready = "yes";
  }

  return { area, from, start, use: (given) => (words = given) };
})();
