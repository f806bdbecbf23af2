/** The account page: joins its parts. */

import { byId } from "../kit/dom.js";
import { Page } from "../kit/page-view.js";
import { SignIn } from "../kit/sign-in-view.js";
import { addHoldings } from "./holdings-view.js";
import { addTrading } from "./trading-view.js";

const page = new Page();
const signIn = new SignIn(page, { roles: ["trader"], content: byId("account") });
addTrading(page, addHoldings(page));

signIn.start();
