// The shop's prices. They are read on the server and never taken from a browser.
export const GOODS = [
  { id: "beans", name: "Coffee beans, 500 g", kes: 950 },
  { id: "mug", name: "Enamel mug", kes: 400 },
  { id: "filter", name: "Paper filters, 100 pieces", kes: 250 },
] as const;

export const money = (kes: number) => `KSh\u00a0${kes.toLocaleString("en-KE")}`;
