// The editor as a person uses it: by keys, by clicking, and by looking at what is drawn.

import { statSync } from "node:fs";
import { join } from "node:path";

/** The most that a picture may weigh: they are part of the repository. */
const MOST_BYTES = 200_000;

/** Where one types what to open or do. */
const QUICK = ".quick-input-widget:not([style*='display: none']) .quick-input-box input";

/** What is not on the screen in time. */
export class Missing extends Error {}

export class Ui {
  constructor(page, pictures) {
    this.page = page;
    this.pictures = pictures;
  }

  /** Waits until a check gives something, and gives it; else an error that says what was waited for. */
  async until(what, check, ms = 30_000) {
    const end = Date.now() + ms;
    let last;
    for (;;) {
      try {
        const got = await check();
        if (got) {
          return got;
        }
      } catch (error) {
        last = error;
      }
      if (Date.now() > end) {
        throw new Missing(`${what}: not within ${ms / 1000} s${last ? ` (${last.message.split("\n")[0]})` : ""}`);
      }
      await this.page.waitForTimeout(150);
    }
  }

  /** Waits for an element, and gives it. */
  async see(what, selector, ms = 30_000) {
    const found = this.page.locator(selector).first();
    await this.until(what, () => found.isVisible(), ms);
    return found;
  }

  /** Waits until an element's text has all of some words. */
  async read(what, selector, words, ms = 30_000) {
    let text = "";
    await this.until(
      `${what} with ${words.map(String).join(", ")}`,
      async () => {
        const all = await this.page.locator(selector).allInnerTexts();
        // Spaces of the editor do not break.
        text = all.join("\n").replaceAll("\u00a0", " ");
        return words.every((word) => (word instanceof RegExp ? word.test(text) : text.includes(word)));
      },
      ms,
    ).catch((error) => {
      throw new Missing(`${error.message}; it says: ${JSON.stringify(text.slice(0, 600))}`);
    });
    return text;
  }

  keys(...keys) {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  type(text) {
    return this.page.keyboard.type(text, { delay: 15 });
  }

  /** Types into the quick input, once it is there. */
  async quick(text) {
    const input = await this.see("the quick input", QUICK);
    // A pointer at rest over the input would bring a hover over the choices.
    await this.page.mouse.move(1000, 740);
    await input.fill(text);
    await this.page.waitForTimeout(250);
  }

  /** Takes the entry of the quick input that has some words. */
  async take(words) {
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: words }).first();
    await this.until(`the choice ${words}`, () => row.isVisible());
    await row.click();
  }

  async command(title) {
    // A panel that is just being closed may still take the key.
    for (let tries = 0; tries < 5; tries += 1) {
      await this.keys("F1");
      await this.page.waitForTimeout(400);
      if (await this.page.locator(QUICK).first().isVisible()) {
        break;
      }
      await this.keys("Control+1");
    }
    await this.quick(`>${title}`);
    await this.take(title.replace(/^[^:]*: /, ""));
  }

  /** Opens a file by its name, and waits until its text is drawn. */
  async open(file) {
    await this.keys("Control+p");
    await this.quick(file);
    await this.take(file);
    await this.see(`the tab of ${file}`, `.tab.active[data-resource-name="${file}"]`);
    await this.see("text", ".editor-group-container.active .view-lines .view-line");
    await this.page.waitForTimeout(300);
  }

  /** Puts the cursor at a line and column, both from 1. */
  async goto(line, column = 1) {
    await this.keys("Control+g");
    await this.quick(`:${line}:${column}`);
    await this.keys("Enter");
    await this.page.waitForTimeout(250);
  }

  /** The line and column of the first such text, from the file as it is on disk. */
  async find(text, words, skip = 0) {
    const at = text.indexOf(words);
    if (at < 0) {
      throw new Error(`${words} is not in the file`);
    }
    const before = text.slice(0, at + skip).split("\n");
    await this.goto(before.length, before.at(-1).length + 1);
  }

  /** Writes the machine's settings anew, in the editor as a person does. */
  async settings(values) {
    await this.command("Preferences: Open Remote Settings (JSON)");
    await this.see("the settings", '.tab.active[data-resource-name="settings.json"]');
    await this.see("their text", ".editor-group-container.active .view-lines .view-line");
    await this.page.waitForTimeout(500);
    // Typed text would be helped along with brackets and indentation; pasted text is not.
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(values));
    await this.keys("Control+a", "Control+v");
    await this.page.waitForTimeout(300);
    await this.keys("Control+s");
    await this.until("the settings are saved", async () => !(await this.page.locator(".tab.active.dirty").isVisible()));
    await this.command("View: Close Editor");
  }

  /** Closes what lies over the editor, and all editors. */
  async clear() {
    await this.keys("Escape", "Escape");
    for (let tries = 0; tries < 5 && (await this.page.locator(".tab.dirty").count()) > 0; tries += 1) {
      await this.page.locator(".tab.dirty").first().click();
      await this.command("View: Revert and Close Editor");
      await this.page.waitForTimeout(200);
    }
    await this.command("View: Close All Editors");
    await this.page.waitForTimeout(200);
  }

  /** The frame that holds a webview's content. */
  async webview(words) {
    return this.until(`a panel with ${words.map(String).join(", ")}`, async () => {
      for (const frame of this.page.frames()) {
        const text = await frame.evaluate(() => document.getElementById("content")?.innerText ?? "").catch(() => "");
        if (text && words.every((word) => (word instanceof RegExp ? word.test(text) : text.includes(word)))) {
          return frame;
        }
      }
      return undefined;
    });
  }

  /** Takes a picture. It is small enough to be kept, or an error. */
  async picture(name) {
    // The pointer's and the cursor's moments are no part of it.
    await this.page.waitForTimeout(500);
    const path = join(this.pictures, `${name}.png`);
    await this.page.screenshot({ path, animations: "disabled", caret: "hide" });
    const size = statSync(path).size;
    if (size > MOST_BYTES) {
      throw new Error(`${path} has ${size} bytes, more than ${MOST_BYTES}`);
    }
    return path;
  }
}
