// Texts from outside, for places that would make something else of them.

const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu;

/** A text in which the signs are seen that would turn the order of those behind them, theirs and others'. */
export const unturned = (text) => text.replace(TURNING, "\ufffd");

/** A text for plotly, which takes `<b>`, `<a href>` and their like in labels for HTML of its own. */
export const plainly = (text) => unturned(String(text)).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
