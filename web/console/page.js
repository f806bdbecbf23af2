/** The console page: joins its parts. */

import { byId } from "../kit/dom.js";
import { Page } from "../kit/page-view.js";
import { SignIn } from "../kit/sign-in-view.js";
import { AuditPanel } from "./audit-view.js";
import { BroadcastPanel } from "./broadcast-view.js";
import { FeedsPanel } from "./feeds-view.js";
import { FiguresPanel } from "./figures-view.js";
import { LogLevelForm, MaintenancePanel } from "./maintenance-view.js";
import { Operator } from "./operator-view.js";
import { AlertsPanel } from "./operational-alerts-view.js";
import { PartsPanel } from "./parts-view.js";
import { SessionsPanel } from "./sessions-view.js";
import { BlocksPanel, RevocationsPanel } from "./standing-view.js";
import { TopicsPanel } from "./topics-view.js";

const page = new Page();
page.add(new PartsPanel());
page.add(new AlertsPanel());
page.add(new FiguresPanel(page));
const operator = new Operator(page);
const sessions = page.add(new SessionsPanel(page, operator));
page.add(new BlocksPanel(operator, () => sessions.sessions));
page.add(new RevocationsPanel(operator, () => sessions.sessions));
page.add(new FeedsPanel(page));
page.add(new TopicsPanel(page));
page.add(new MaintenancePanel(page));
page.add(new AuditPanel(page));
new BroadcastPanel(page);
new LogLevelForm(page);

const signIn = new SignIn(page, { roles: ["admin"], content: byId("console") });
signIn.start();
