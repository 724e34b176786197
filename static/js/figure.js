/* Charts, drawn from the tables that stand below them. Without this script, or where the library does not come, there
   are the tables alone.

   figure[data-library]    a figure, and the address of the library, which is loaded once the page is at rest;
     .charts               its charts, hidden until now: for eyes only, the table says the same;
       [data-figure]       one chart: share, bar, column or line (see nanhu_portal/figures.py), in it a canvas;
         data-columns      which of the table's cells;
     details               holds the table, and is folded where there are charts, unless the figure has data-keeps-table;
       thead [data-of]     what a column is called;
       tbody td[data-of]   its cell: data-value is drawn, and the words of the cell (or of <b> in it) stand beside it.
                           Without data-value there is a gap, and in lying bars the words stand in it;
       th[data-month]      names a row that is a month, in whatever order they stand; data-after-gap: the months just
                           before it have no rows. */

const LYING = ["share", "bar"];
const PER_CENT = ["share", "line"];
const PAPER = "640px"; // fits A4 within its margins
const PAPER_TYPE = "13px";
const PAPER_SHARPNESS = 3; // pixels of the drawing for one of the sheet
const ROW = 1.9; // em, of a lying bar whose name takes one line
const NAMES = 0.36; // of the width, at most
const LOOKS = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"];

const said = (node) => node.textContent.replace(/\s+/g, " ").trim();
const panelsOf = (figure) => [...figure.querySelectorAll("[data-figure]")];

let library;

/* The rows of a figure's table from left to right, or from the top; months from the oldest. */
function read(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")].map((row) => {
    const head = row.querySelector("th");
    const cells = {};
    for (const cell of row.querySelectorAll("[data-of]")) {
      const value = cell.dataset.value ? Number(cell.dataset.value) : null;
      cells[cell.dataset.of] = { value, words: said(cell.querySelector("b") ?? cell), all: said(cell) };
    }
    return { name: said(head), month: head.dataset.month, afterGap: "afterGap" in head.dataset, cells };
  });
  if (!rows[0]?.month) return rows;
  const sorted = rows.sort((one, other) => (one.month < other.month ? -1 : 1));
  return sorted.flatMap((row) => (row.afterGap ? [{ name: "…", cells: {} }, row] : [row]));
}

/* Colours and type as the page has them now. */
function look(plot) {
  const style = getComputedStyle(plot);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const size = parseFloat(style.fontSize);
  return {
    ink: colour("ink"),
    ink2: colour("ink-2"),
    line: colour("line"),
    paper: colour("paper"),
    lake: colour("lake"),
    tint: colour("lake-tint"),
    size,
    font: { family: style.fontFamily, size },
    inCanvas: `${size}px ${style.fontFamily}`,
  };
}

function width(words, inCanvas) {
  const context = (width.canvas ??= document.createElement("canvas")).getContext("2d");
  context.font = inCanvas;
  return context.measureText(words).width;
}

/* A name in as many lines as it needs: broken between words, Chinese anywhere but in brackets. */
function lines(name, most, inCanvas) {
  const found = [""];
  for (const part of name.match(/（[^）]*）|[\x21-\u02ff]+ ?|./g) ?? []) {
    const longer = found.at(-1) + part;
    if (found.at(-1) && width(longer.trim(), inCanvas) > most) found.push(part);
    else found[found.length - 1] = longer;
  }
  return found.map((line) => line.trim());
}

function monthName(month) {
  const [year, number] = month.split("-").map(Number);
  return new Intl.DateTimeFormat(document.documentElement.lang, { month: "short" }).format(new Date(year, number - 1));
}

/* What is drawn in one panel; its height, too, so that nothing moves when the library is there. */
function plan(panel, figure) {
  const plot = panel.querySelector(".plot");
  const columns = panel.dataset.columns.split(" ");
  const kind = panel.dataset.figure;
  const lying = LYING.includes(kind);
  const theme = look(plot);
  const rows = read(figure).filter((row) => !lying || columns.some((column) => row.cells[column]));
  const labels = rows.map((row) => {
    if (lying) return lines(row.name, plot.clientWidth * NAMES, theme.inCanvas);
    return row.month ? monthName(row.month) : row.name;
  });
  if (lying) {
    const deepest = Math.max(...labels.map((label) => label.length), columns.length);
    const legend = columns.length > 1 ? 2 : 0;
    plot.style.height = `${rows.length * (ROW + (deepest - 1) * 1.4) + 2.4 + legend}em`;
  }
  const names = columns.map((column) => said(figure.querySelector(`thead [data-of="${column}"]`)));
  return { columns, names, kind, lying, theme, rows, labels };
}

/* The numbers at the end of each bar or above each point, and the years below the months. */
function beside({ columns, kind, lying, theme, rows }) {
  const cellOf = (row, series) => rows[row].cells[columns[series]];
  return {
    id: "beside",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.font = theme.inCanvas;
      ctx.textBaseline = lying ? "middle" : "bottom";
      ctx.textAlign = lying ? "left" : "center";
      const room = lying ? Infinity : chartArea.width / rows.length;
      const widest = Math.max(...rows.map((_, row) => ctx.measureText(cellOf(row, 0)?.words ?? "").width));
      // Of a column within another only the outer one's; beside each other they would run into one another.
      const told = kind === "column" ? 1 : columns.length;
      for (let series = 0; series < told && widest + 4 < room; series += 1) {
        chart.getDatasetMeta(series).data.forEach((point, row) => {
          const cell = cellOf(row, series);
          if (!cell || (cell.value === null && !lying)) return;
          // No column says that there were none; a row of noughts says no more.
          if (kind === "column" && cell.value === 0) return;
          ctx.fillStyle = cell.value === null ? theme.ink2 : theme.ink;
          if (lying) ctx.fillText(cell.words, point.x + 6, point.y);
          else ctx.fillText(cell.words, point.x, point.y - 5);
        });
      }
      if (!lying) years(chart, rows, theme);
      ctx.restore();
    },
  };
}

function years({ ctx, scales, height }, rows, theme) {
  ctx.fillStyle = theme.ink2;
  ctx.textAlign = "left";
  let year;
  rows.forEach(({ month }, row) => {
    if (!month || month.slice(0, 4) === year) return;
    year = month.slice(0, 4);
    ctx.fillText(year, scales.x.getPixelForValue(row) - theme.size / 2, height);
  });
}

/* How a series is drawn: the first in full colour, one beside or around it in outline. */
function series({ columns, names, kind, theme, rows }, place) {
  const outlined = columns.length > 1 && place === (kind === "column" ? 0 : 1);
  return {
    label: names[place],
    data: rows.map((row) => row.cells[columns[place]]?.value ?? null),
    backgroundColor: outlined ? theme.tint : theme.lake,
    borderColor: theme.lake,
    borderWidth: kind === "line" ? 2.5 : { top: 1.5, right: 1.5, bottom: 1.5, left: 1.5 },
    grouped: kind !== "column",
    order: kind === "column" ? -place : place,
    maxBarThickness: theme.size * (LYING.includes(kind) ? 1 : 2),
    categoryPercentage: 0.75,
    pointRadius: 4,
    pointHoverRadius: 6,
    clip: 8, // points at 100 % are whole
  };
}

function configuration(planned) {
  const { columns, kind, lying, theme, rows, labels, names } = planned;
  const { font, ink, ink2, line, paper, size } = theme;
  const perCent = PER_CENT.includes(kind);
  const words = rows.flatMap((row) => columns.map((column) => row.cells[column]?.words ?? ""));
  const padding = {
    top: kind === "line" ? size * 1.6 : 4,
    right: lying ? Math.max(...words.map((word) => width(word, theme.inCanvas))) + 10 : 0,
    bottom: rows.some((row) => row.month) ? size * 1.3 : 0,
  };
  const values = {
    min: 0,
    max: perCent ? 100 : undefined,
    grace: kind === "column" ? "15%" : 0, // for the numbers above
    border: { display: false },
    grid: { color: line },
    ticks: {
      color: ink2,
      font,
      precision: 0,
      stepSize: perCent ? (lying ? 50 : 25) : undefined,
      maxTicksLimit: 5,
      maxRotation: 0,
      callback: (value) => (perCent ? `${value}%` : value),
    },
  };
  const kinds = {
    border: { color: ink2 },
    grid: { display: false },
    ticks: {
      color: lying ? ink : ink2,
      font,
      autoSkip: !lying,
      autoSkipPadding: 4,
      maxRotation: 0,
      crossAlign: lying ? "far" : "near",
    },
  };
  return {
    type: kind === "line" ? "line" : "bar",
    data: { labels, datasets: columns.map((_, place) => series(planned, place)) },
    options: {
      indexAxis: lying ? "y" : "x",
      animation: false,
      maintainAspectRatio: false,
      font,
      layout: { padding },
      interaction: { mode: "index", intersect: false, axis: lying ? "y" : "x" },
      scales: lying ? { x: values, y: kinds } : { x: kinds, y: values },
      plugins: {
        legend: {
          display: columns.length > 1,
          align: "start",
          reverse: kind === "column",
          onClick: null,
          labels: { color: ink, font, boxWidth: size, boxHeight: size * 0.8 },
        },
        tooltip: {
          displayColors: false,
          backgroundColor: ink,
          titleColor: paper,
          bodyColor: paper,
          titleFont: font,
          bodyFont: font,
          filter: ({ dataIndex }) => rows[dataIndex].name !== "…",
          callbacks: {
            title: ([point]) => (point ? rows[point.dataIndex].name : ""),
            label: ({ dataIndex, datasetIndex }) =>
              `${names[datasetIndex]} ${rows[dataIndex].cells[columns[datasetIndex]]?.all ?? ""}`,
          },
        },
      },
    },
    plugins: [beside(planned)],
  };
}

function draw(figure, sharpness) {
  for (const panel of panelsOf(figure)) {
    const canvas = panel.querySelector("canvas");
    window.Chart.getChart(canvas)?.destroy();
    const made = configuration(plan(panel, figure));
    if (sharpness) made.options.devicePixelRatio = sharpness;
    new window.Chart(canvas, made);
  }
}

function show(figure, drawn) {
  figure.querySelector(".charts").hidden = !drawn;
  figure.querySelector("details").open = !drawn || "keepsTable" in figure.dataset;
}

async function come(figure) {
  library ??= import(figure.dataset.library);
  try {
    await library;
  } catch {
    show(figure, false); // the table was there all the time
    return;
  }
  draw(figure);
  figure.dataset.drawn = "";
  for (const one of LOOKS) matchMedia(one).addEventListener("change", () => draw(figure));
}

/* On paper charts are as wide as the sheet and in colours of the day, and the table stands below them, also where somebody
   folded it. What is printed before the library has come is the table alone. */
function toPaper(figure) {
  const charts = figure.querySelector(".charts");
  if (!("drawn" in figure.dataset)) {
    charts.hidden = true;
    return;
  }
  for (const plot of charts.querySelectorAll(".plot")) {
    plot.style.width = PAPER;
    plot.style.fontSize = PAPER_TYPE;
  }
  draw(figure, PAPER_SHARPNESS);
  // What is said in em would shrink with the type of the sheet.
  for (const plot of charts.querySelectorAll(".plot")) plot.style.height = `${plot.clientHeight}px`;
}

function toScreen(figure) {
  const charts = figure.querySelector(".charts");
  if ("drawn" in figure.dataset) {
    for (const plot of charts.querySelectorAll(".plot")) plot.removeAttribute("style");
    draw(figure);
  } else charts.hidden = figure.querySelector("details").open;
}

function start(figures) {
  for (const figure of figures) {
    show(figure, true);
    for (const panel of panelsOf(figure)) plan(panel, figure);
  }
  // As soon as the page is read and at rest, so that all of it is there whenever somebody prints.
  const idle = window.requestIdleCallback ?? setTimeout;
  idle(() => figures.forEach(come));

  const { dataset } = document.documentElement;
  const folded = new Map();
  addEventListener("beforeprint", () => {
    dataset.theme = "light";
    for (const figure of figures) {
      const table = figure.querySelector("details");
      folded.set(table, table.open);
      toPaper(figure);
      table.open = true;
    }
  });
  addEventListener("afterprint", () => {
    delete dataset.theme;
    for (const figure of figures) {
      const table = figure.querySelector("details");
      table.open = folded.get(table) ?? table.open;
      toScreen(figure);
    }
  });
}

start([...document.querySelectorAll("figure[data-library]")].filter((figure) => figure.querySelector(".charts")));
