import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Chart } from "../report/chart.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 760;
const LETTER = 7.2;
const COLOURS = ["#2a6fdb", "#e08a1e"];
const OTHERS = "#a9b4c2";
const TEXT = "#333333";

/** The chart as an SVG document, on white: it is read on light pages and dark ones. */
export function drawChart({ title, kind, labels, series, digits, others = [] }: Chart): string {
  const isBar = kind === "bar";
  const height = isBar ? 80 + labels.length * series.length * 26 : 320;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const category = { type: "category" as const, data: [...labels], axisLabel: { color: TEXT } };
  const value = { type: "value" as const, min: 0, axisLabel: { color: TEXT } };
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLOURS,
    title: { text: title, left: 12, top: 8, textStyle: { fontSize: 14, color: TEXT } },
    ...(series.length > 1 && { legend: { right: 24, top: 10, itemGap: 24, textStyle: { color: TEXT } } }),
    grid: {
      // Wide enough for the longest label in whatever font the reader has.
      left: isBar ? 24 + Math.max(...labels.map(({ length }) => length)) * LETTER : 60,
      right: 60,
      top: isBar ? 44 : 64,
      bottom: 36,
      outerBoundsMode: "none",
    },
    xAxis: isBar ? value : category,
    yAxis: isBar ? { ...category, inverse: true } : value,
    series: series.map(({ name, values }) => ({
      name,
      type: kind,
      data: values.map((value, index) =>
        others.includes(labels[index]!) ? { value, itemStyle: { color: OTHERS } } : { value },
      ),
      symbolSize: 8,
      label: {
        show: true,
        position: isBar ? "right" : "top",
        color: TEXT,
        formatter: (point: { value: unknown }) =>
          typeof point.value === "number" ? point.value.toFixed(digits) : "",
      },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
