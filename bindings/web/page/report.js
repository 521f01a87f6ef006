import { change, element, size } from "./text.js";

const $ = (id) => document.getElementById(id);
const ACTIONS = { kept: "kept", rewritten: "changed", removed: "removed", added: "added" };

/** Shows what was done to a photo, or hides it where nothing was. */
export function show(photo) {
  $("report").hidden = !photo?.report;
  if (!photo?.report) return;
  const { report, blob, file } = photo;
  const milliseconds = Object.values(report.timings_ms).reduce((sum, time) => sum + (time ?? 0), 0);
  const figures = [
    ["File", `${size(file.size)} → ${size(blob.size)} (${change(file.size, blob.size)})`],
    ["Picture", `${report.width} × ${report.height} px`],
    ["Change", report.psnr_db === null ? "none" : `${report.psnr_db.toFixed(1)} dB PSNR`],
    ["Time", `${milliseconds.toFixed(0)} ms`],
  ];
  if (report.jpeg) figures.push(["JPEG", report.jpeg === "coefficients" ? "not compressed again" : "compressed again"]);
  $("figures").replaceChildren(
    ...figures.map(([name, value]) => element("div", {}, element("dt", { text: name }), element("dd", { text: value }))),
  );
  $("notes").replaceChildren(...report.notes.map((text) => element("li", { text })));
  const rows = report.metadata.map(({ name, bytes, action, detail }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", text: name }),
      element("td", { text: bytes.toLocaleString("en") }),
      element("td", {}, element("span", { className: `action ${action}`, text: ACTIONS[action] })),
      element("td", { text: detail ?? "" }),
    ),
  );
  const none = element("tr", {}, element("td", { colSpan: 4, text: "There was none, and none was added." }));
  $("metadata").replaceChildren(...(rows.length ? rows : [none]));
}
