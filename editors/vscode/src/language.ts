// Which `.lua` files are folds. Those below gatos/folds are so by their path (package.json); others say so
// in their first comment block, and stay with their own language when they do not.

import * as vscode from "vscode";

const SAYS = /^--\s*gatos:\s*fold\b/;

/** Whether a line of the first comment block says `-- gatos: fold`. */
export function saysFold(document: Pick<vscode.TextDocument, "lineCount" | "lineAt">): boolean {
  for (let at = 0; at < document.lineCount; at += 1) {
    const line = document.lineAt(at).text.trim();
    if (SAYS.test(line)) {
      return true;
    }
    if (line !== "" && !line.startsWith("--") && !line.startsWith("#!")) {
      return false;
    }
  }
  return false;
}

/** Gives Lua files that say so our language, when they are opened and when they begin to say so. */
export function watch(): vscode.Disposable {
  const look = (document: vscode.TextDocument): void => {
    if (document.languageId === "lua" && saysFold(document)) {
      void vscode.languages.setTextDocumentLanguage(document, "echolua");
    }
  };
  vscode.workspace.textDocuments.forEach(look);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidSaveTextDocument(look),
  );
}
