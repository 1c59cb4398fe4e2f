import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Chart } from "../report/chart.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 760;
const COLOURS = ["#2a6fdb", "#e08a1e", "#3a9a5b"];
const TEXT = "#333333";

/** The chart as an SVG document, on white: it is read on light pages and dark ones. */
export function drawChart({ title, kind, labels, series, digits }: Chart): string {
  const isBar = kind === "bar";
  const height = isBar ? 90 + labels.length * series.length * 26 : 320;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const category = { type: "category" as const, data: [...labels], axisLabel: { color: TEXT } };
  const value = { type: "value" as const, min: 0, axisLabel: { color: TEXT } };
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLOURS,
    title: { text: title, left: 12, top: 8, textStyle: { fontSize: 14, color: TEXT } },
    ...(series.length > 1 && { legend: { right: 12, top: 10, textStyle: { color: TEXT } } }),
    grid: {
      left: 16,
      right: 60,
      top: 44,
      bottom: 12,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: isBar ? value : category,
    yAxis: isBar ? { ...category, inverse: true } : value,
    series: series.map(({ name, values }) => ({
      name,
      type: kind,
      data: [...values],
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
