/** The console page: joins its parts. */

import { byId } from "../kit/dom.js";
import { Page } from "../kit/page-view.js";
import { SignIn } from "../kit/sign-in-view.js";

const page = new Page();
const signIn = new SignIn(page, { roles: ["admin"], content: byId("console") });

signIn.start();
