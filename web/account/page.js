/** The account page: joins its parts. */

import { Page } from "../kit/page-view.js";

const page = new Page();

page.join(null);
