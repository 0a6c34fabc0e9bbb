// The dashboard's front door: one connection for all scans, and the view that the address names.

import { Fleet } from "./fleet.js";
import { say } from "./dom.js";
import { route } from "./router.js";
import { theme } from "./theme.js";
import { complain } from "./toasts.js";
import { history } from "./views/history.js";
import { scan } from "./views/scan.js";
import { scans } from "./views/scans.js";
import { start } from "./views/start.js";
import { symbol } from "./views/symbol.js";

const STATES = { connecting: "Connecting", live: "Live", lost: "Connection lost; trying again", paused: "Paused" };

const fleet = new Fleet();
const badge = document.getElementById("connection");
fleet.addEventListener("state", () => {
  badge.dataset.state = fleet.state;
  say(badge, STATES[fleet.state]);
});
fleet.addEventListener("refused", (event) => complain(event.detail));
window.addEventListener("unhandledrejection", (event) => complain(event.reason));
theme(document.getElementById("theme"));
fleet.open();
route(document.getElementById("view"), { scans, start, scan, symbol, history }, { fleet });
