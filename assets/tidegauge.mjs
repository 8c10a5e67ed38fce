/**
 * The one entry module: Dash includes it with `?m=…`, so that nothing may import it. All else lies
 * below js/, which Dash's scan leaves out.
 *
 * `globalThis.tidegauge` is for the console and for tests.
 */

import { App } from "./js/page/app.mjs";
import { keepSession } from "./js/page/session.mjs";

const app = new App();
Object.assign(globalThis, { tidegauge: app });
app.start();
keepSession();
