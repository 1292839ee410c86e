// What must be on the screen, scene by scene. Each begins with no editor open and ends anyhow.

const CODE = ".editor-group-container.active .monaco-editor";

export const scenes = {
  /** Mistakes are underlined, listed with their codes, and tell the way by which a fold reaches them. */
  async diagnostics(ui) {
    await ui.open("mistakes.lua");
    await ui.read("the language", ".statusbar", ["EchoLua"]);
    await ui.until("three errors", async () => (await ui.page.locator(`${CODE} .squiggly-error`).count()) >= 3);
    await ui.command("View: Toggle Problems");
    await ui.read("the problems", ".markers-panel", ["E0107", "E0111", "E0201", "`pairs` visits keys in no fixed order"]);
    await ui.picture("diagnostics");
    await ui.command("View: Toggle Problems");
  },

  /** A .lua file elsewhere is a fold only when it says so. */
  async language(ui) {
    await ui.open("plain.lua");
    await ui.read("its language", ".statusbar", [/(?<!Echo)Lua/]);
    await ui.open("said.lua");
    await ui.read("its language", ".statusbar", ["EchoLua"]);
  },

  /** What is known of a name: its type, and what it costs. */
  async hover(ui, { read }) {
    await ui.open("orders.lua");
    await ui.find(read("gatos/folds/orders.lua"), "add(state.by_item", 1);
    await ui.keys("Control+k", "Control+i");
    await ui.read("a hover", ".monaco-hover:not(.hidden)", ["add", /fuel/i]);
    await ui.picture("hover");
    await ui.keys("Escape");
  },

  /** Fields that real events have, and the library with its documentation. */
  async completion(ui, { read }) {
    await ui.open("orders.lua");
    await ui.find(read("gatos/folds/orders.lua"), "local p = event.payload", 23);
    await ui.keys("Enter");
    await ui.type("local id = p.");
    await ui.read("the list", ".suggest-widget.visible", ["id", "item", "price"]);
    await ui.keys("Control+Space");
    await ui.picture("completion");
    await ui.keys("Escape");
  },

  /** The fold over the events of the repository, and how its state differs from what HEAD gives. */
  async preview(ui) {
    await ui.open("orders.lua");
    const lens = ui.page.locator(".codelens-decoration a", { hasText: /preview fold/i }).first();
    await ui.until("the lens that previews", () => lens.isVisible());
    await lens.click();
    const frame = await ui.webview([/fuel/i, "by_item", "110"]);
    await ui.until("the preview is done", () => frame.evaluate(() => !document.body.classList.contains("busy")));
    await ui.keys("Control+b");
    await ui.picture("preview");
    await ui.keys("Control+b");
  },

  /** The preview follows what is typed, saved or not. */
  async following(ui, { read }) {
    await ui.open("orders.lua");
    await ui.command("GATOS: Preview Fold over Real Events");
    await ui.webview(["by_item"]);
    await ui.keys("Control+1");
    await ui.find(read("gatos/folds/orders.lua"), "by_item = {} }", 12);
    await ui.type(", seen = 7");
    await ui.webview(["seen"]);
  },

  /** Stopped in the middle of a fold, with its variables; then a step back. */
  async debugging(ui, { read }) {
    await ui.open("orders.lua");
    const text = read("gatos/folds/orders.lua");
    await ui.find(text, "state.paid = state.paid");
    await ui.keys("F9");
    await ui.see("a breakpoint", ".codicon-debug-breakpoint");
    await ui.command("GATOS: Debug This File");
    await ui.take("shop");
    await ui.see("where it stopped", ".monaco-editor .debug-top-stack-frame-line", 60_000);
    await ui.read("the variables", ".debug-view-content, .debug-variables", ["state", "event", "order"]);
    const line = async () =>
      Number(/Ln (\d+)/.exec(await ui.read("the cursor", ".statusbar", [/Ln \d+/]))?.[1]);
    const stopped = await line();
    await ui.picture("debugging");
    await ui.page.locator("a.codicon-debug-step-back").first().click();
    await ui.until("a line before", async () => (await line()) < stopped);
    await ui.command("GATOS: Go to Event…");
    await ui.quick("57");
    await ui.keys("Enter");
    await ui.read("the call stack", ".debug-call-stack", ["event 57 of 110"]);
    await ui.keys("Shift+F5");
    await ui.until("the end", async () => (await ui.page.locator(".statusbar.debugging").count()) === 0);
    await ui.command("Debug: Remove All Breakpoints");
    await ui.command("View: Show Explorer");
  },

  /** A pinned input, and what it makes of a policy. */
  async policy(ui, { read }) {
    await ui.open("orders.rgs");
    await ui.command("GATOS: Pin Policy Input…");
    await ui.take("A JSON file");
    await ui.take("cancel.json");
    await ui.read("the pin in the status bar", ".statusbar", ["cancel.json"]);
    await ui.command("GATOS: Explain the Pinned Decision");
    await ui.webview([/denied|deny/i, "caps missing: order:cancel"]);
    await ui.keys("Control+1");
    await ui.find(read("gatos/policies/orders.rgs"), "deny contains reason", 1);
    await ui.keys("Control+k", "Control+i");
    await ui.read("a hover", ".monaco-hover:not(.hidden)", ["caps missing: order:cancel for a1"]);
    await ui.keys("Escape", "Control+b");
    await ui.read("what holds", `${CODE} .view-lines`, ["✓", "✗"]);
    await ui.picture("decision");
    await ui.keys("Control+b");
    await ui.command("GATOS: Unpin Policy Input");
    await ui.until("no pin", async () => !(await ui.page.locator(".statusbar").innerText()).includes("cancel.json"));
  },

  /** The newest denial on record as a test, in a file of its own. */
  async denial(ui) {
    await ui.open("orders.rgs");
    await ui.command("GATOS: Write a Test from the Newest Denial");
    await ui.see("the file of tests", '.tab.active[data-resource-name="orders_test.rgs"]');
    await ui.read("the test", `${CODE} .view-lines`, ["order:cancel for a2"]);
  },

  /** Pages: of a code, and of the root. */
  async pages(ui) {
    await ui.open("mistakes.lua");
    await ui.see("a squiggle", `${CODE} .squiggly-error`);
    await ui.command("GATOS: Explain a Diagnostic Code…");
    await ui.take("E0107");
    await ui.webview(["E0107", "dpairs"]);
    await ui.open("orders.lua");
    await ui.command("GATOS: Compare the Compiled Root with HEAD");
    await ui.webview(["different programs", "M.fold"]);
  },

  /** Where the fuel goes. */
  async profile(ui) {
    await ui.open("orders.lua");
    await ui.command("GATOS: Profile Fold…");
    await ui.take("orders.jsonl");
    await ui.see("the table", ".tab[data-resource-name='orders by fuel.txt']");
    await ui.read("functions", ".editor-group-container .view-lines", ["M.fold"]);
    await ui.command("Notifications: Clear All Notifications");
  },

  /** Tests of folds and policies in the test explorer, one of which fails. */
  async tests(ui) {
    await ui.open("orders_test.lua");
    await ui.command("Testing: Focus on Test Explorer View");
    await ui.read("the tests", ".test-explorer", ["orders_test.lua", "orders_test.rgs"]);
    await ui.command("Test: Run All Tests");
    await ui.read("the sum", ".test-explorer", ["3/4"], 60_000);
    const shut = ui.page.locator(".test-explorer .monaco-tl-twistie.collapsed");
    for (let tries = 0; tries < 5 && (await shut.count()) > 0; tries += 1) {
      await shut.first().click();
      await ui.page.waitForTimeout(300);
    }
    await ui.read("tests one by one", ".test-explorer", ["test_a_paid_order_is_closed", "test_others_may_not_cancel"]);
    await ui.picture("tests");
    await ui.command("View: Show Explorer");
  },

  /** Which lines the tests reached. */
  async coverage(ui) {
    await ui.open("orders.lua");
    await ui.command("Test: Run All Tests with Coverage");
    await ui.read("the coverage", ".pane-body, .test-coverage-list-label", ["orders.lua", /\d+(\.\d+)?%/], 60_000);
    await ui.see("reached lines", ".coverage-deco-gutter");
    await ui.picture("coverage");
    await ui.command("View: Show Explorer");
  },

  /** The code that a fold becomes. */
  async code(ui) {
    await ui.open("orders.lua");
    await ui.command("GATOS: Show Compiled Code (ELC)");
    await ui.see("the listing", ".tab[data-resource-name='orders.lua.elc-listing']");
    await ui.read("ops", ".editor-group-container .view-lines", ["NewTable", "Return"]);
  },

  /** One file is formatted as it would be by hand. */
  async formatting(ui) {
    await ui.open("said.lua");
    await ui.goto(2, 15);
    await ui.keys("Enter");
    await ui.type("function twice( n )return n*2 end");
    await ui.command("Format Document");
    await ui.read("a tidy function", `${CODE} .view-lines`, ["function twice(n)", "return n * 2 end"]);
  },

  /** Without the program there is one message, which helps; with it everything is as before. */
  async missing(ui, { settings }) {
    await ui.settings({ ...settings, "gatos.path": "/nowhere/gatos" });
    await ui.read("a message", ".notifications-toasts", ["/nowhere/gatos", "Choose the Program", "How to Install"]);
    await ui.see("a warning in the status bar", ".statusbar-item.warning-kind [aria-label*='GATOS'], .statusbar-item [aria-label*='warning  GATOS']");
    await ui.command("Notifications: Clear All Notifications");
    await ui.settings(settings);
    await ui.open("mistakes.lua");
    await ui.see("a squiggle again", `${CODE} .squiggly-error`);
  },
};
