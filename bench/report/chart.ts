/** Bars, one group for each label, or lines through them. */
export interface Chart {
  readonly title: string;
  readonly kind: "bar" | "line";
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly digits: number;
  /** Labels of what this package is compared with. */
  readonly others?: readonly string[];
}
