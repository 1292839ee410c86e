;;; run.el --- Emacs with Eglot, in batch, against the real server  -*- lexical-binding: t; -*-

;; The folder is a project of GATOS; $GATOS is the program.  Ends with 0 when all of it holds.

;;; Code:

(setq inhibit-message nil
      make-backup-files nil
      create-lockfiles nil
      auto-save-default nil
      eglot-confirm-server-initiated-edits nil
      eglot-sync-connect 30
      eglot-connect-timeout 60
      eldoc-idle-delay 0)

(add-to-list 'load-path (expand-file-name ".." (file-name-directory load-file-name)))
(when (locate-library "package")
  (require 'package)
  (package-initialize))

(require 'gatos-mode)
(require 'flymake)
(require 'eldoc)
(require 'xref)

(defvar passed 0)
(defvar failed 0)

(defun say (format &rest arguments)
  "Print FORMAT with ARGUMENTS, as a line."
  (princ (concat (apply #'format format arguments) "\n")))

(unless (require 'eglot nil t)
  (say "skipped: Eglot is not installed")
  (kill-emacs 0))

(setq gatos-program (getenv "GATOS"))

(defconst project-folder (file-name-as-directory (expand-file-name default-directory))
  "The project.")

(defun file (path)
  "PATH of the project, in full."
  (expand-file-name path project-folder))

(defun wait (condition &optional seconds)
  "Wait until CONDITION gives something, for SECONDS."
  (let ((end (+ (float-time) (or seconds 30))) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.05))
    value))

(defmacro check (name &rest body)
  "Do BODY, and tell under NAME whether it holds."
  (declare (indent 1))
  `(condition-case failure
       (progn
         ,@body
         (setq passed (1+ passed))
         (say "ok %s" ,name))
     (error
      (setq failed (1+ failed))
      (say "FAILED %s: %S" ,name failure))))

(defun must (value what &rest more)
  "Fail with WHAT and MORE unless VALUE."
  (unless value (error "%s %S" what more))
  value)

(defun open (path)
  "Visit PATH with the server."
  (switch-to-buffer (find-file-noselect (file path)))
  (revert-buffer t t)
  (unless (eglot-current-server)
    (apply #'eglot--connect (eglot--guess-contact)))
  (eglot--maybe-activate-editing-mode)
  (must (wait (lambda () (eglot-managed-p))) "Eglot does not manage" path)
  ;; Nothing idles in batch, so that changes are sent by hand; Eglot asks nothing before they are.
  (dolist (buffer (eglot--managed-buffers (eglot-current-server)))
    (with-current-buffer buffer (eglot--signal-textDocument/didChange))))

(defun at (text)
  "Go to the first TEXT."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun ask (method params)
  "Ask the server METHOD with PARAMS."
  (jsonrpc-request (eglot-current-server) method params :timeout 60))

(defun diagnostics ()
  "What Flymake shows in this buffer."
  (flymake-start)
  (flymake-diagnostics))

;;;; The modes, without a server.

(check "files have their modes"
  (dolist (row '(("gatos/folds/authors.lua" . echolua-mode)
                 ("elsewhere/marked.lua" . echolua-mode)
                 ("gatos/policies/gate.rgs" . rgs-mode)))
    (with-current-buffer (find-file-noselect (file (car row)))
      (must (eq major-mode (cdr row)) (car row) major-mode)))
  (with-current-buffer (find-file-noselect (file "elsewhere/plain.lua"))
    (must (not (eq major-mode 'echolua-mode)) "any other Lua file" major-mode)))

(defun coloured (mode text word)
  "The face of WORD in TEXT in MODE."
  (with-temp-buffer
    (insert text)
    (funcall mode)
    (font-lock-ensure)
    (goto-char (point-min))
    (search-forward word)
    (get-text-property (match-beginning 0) 'face)))

(check "words have their colours"
  (let ((fold "local function f() --[[ end\n]] return dpairs([[ local ]]) end -- if\n"))
    (must (eq (coloured 'echolua-mode fold "local") 'font-lock-keyword-face) "local")
    (must (eq (coloured 'echolua-mode fold "f()") 'font-lock-function-name-face) "f")
    (must (memq (coloured 'echolua-mode fold "end") '(font-lock-comment-face font-lock-comment-delimiter-face)) "comment")
    (must (eq (coloured 'echolua-mode fold " local ]]") 'font-lock-string-face) "long string")
    (must (eq (coloured 'echolua-mode fold "dpairs") 'font-lock-builtin-face) "dpairs"))
  (let ((policy "package p\n\nallow if input.x == `a\\` # if\n"))
    (must (eq (coloured 'rgs-mode policy "allow") 'font-lock-function-name-face) "allow")
    (must (eq (coloured 'rgs-mode policy "input") 'font-lock-builtin-face) "input")
    (must (eq (coloured 'rgs-mode policy "`a") 'font-lock-string-face) "raw string")
    (must (memq (coloured 'rgs-mode policy "# if") '(font-lock-comment-face font-lock-comment-delimiter-face)) "comment")))

(defun indented (mode text)
  "TEXT as MODE indents it, after its indentation was taken away."
  (with-temp-buffer
    (insert (replace-regexp-in-string "^[ \t]+" "" text))
    (funcall mode)
    (let ((inhibit-message t)) (indent-region (point-min) (point-max)))
    (buffer-string)))

(check "lines are indented"
  (dolist (text '("local function f(a)\n  if a then\n    g({\n      1,\n    })\n  elseif b then\n    x = a and\n      b\n  else\n    repeat\n      y()\n    until z\n  end\n  return function()\n    return 1\n  end\nend\nt = {\n  a = 1,\n}\n"))
    (must (equal (indented 'echolua-mode text) text) (indented 'echolua-mode text)))
  (dolist (text '("p contains x if {\n\tsome x in [\n\t\t1,\n\t]\n\tf(x)\n} else := {\n\t\"a\": 1,\n}\nq := 1\n"))
    (must (equal (indented 'rgs-mode text) text) (indented 'rgs-mode text))))

;;;; With the server.

(check "the project is the folder that holds gatos/"
  (with-current-buffer (find-file-noselect (file "gatos/folds/authors.lua"))
    (must (file-equal-p (project-root (project-current)) project-folder) (project-current))))

(defun severity (diagnostic)
  "1 for an error of DIAGNOSTIC, whatever this version of Eglot calls it."
  (if (string-match-p "error" (symbol-name (flymake-diagnostic-type diagnostic))) 1 2))

(check "a refused construct is a diagnostic of Flymake"
  (open "gatos/folds/broken.lua")
  (let ((found (must (wait (lambda ()
                             (cl-find-if (lambda (one) (string-match-p "pairs" (flymake-diagnostic-text one)))
                                         (diagnostics))))
                     "no diagnostic")))
    (must (eq (severity found) 1) "an error")
    (must (= 4 (line-number-at-pos (flymake-diagnostic-beg found))) "line 4")))

(defun eldoc-says ()
  "What eldoc shows about point.
It asks whenever point rests, so that it is asked more than once here too."
  (let (told (asked 0))
    (wait (lambda ()
            (when (> (- (float-time) asked) 2)
              (setq asked (float-time))
              (eglot-hover-eldoc-function (lambda (text &rest _) (setq told text))))
            told))))

(check "eldoc tells of a function"
  (open "gatos/folds/authors.lua")
  (at "bump(counts")
  (let ((told (must (eldoc-says) "nothing is told")))
    (must (string-match-p "bump" told) told)))

(check "a call leads to its function"
  (open "gatos/folds/authors.lua")
  (at "bump(state")
  (let* ((found (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot)))
         (place (xref-item-location (car (must found "no definition")))))
    (must (= 5 (xref-location-line place)) place)))

(check "a local is renamed"
  (open "gatos/folds/authors.lua")
  (at "bump(counts")
  (eglot-rename "add_one")
  (must (string-match-p "local function add_one(" (buffer-string)) (buffer-string))
  (must (string-match-p "^  add_one(state" (buffer-string)) (buffer-string))
  (must (not (string-match-p "bump" (buffer-string))) (buffer-string))
  (revert-buffer t t))

(check "a buffer is formatted"
  (open "gatos/folds/untidy.lua")
  (eglot-format-buffer)
  (must (string-match-p "^  state\\.n = (state\\.n or 0) \\+ 1$" (buffer-string)) (buffer-string))
  (set-buffer-modified-p nil)
  (revert-buffer t t))

(check "a mistake in a policy is a diagnostic, and a rule is told of"
  (open "elsewhere/broken.rgs")
  (must (wait #'diagnostics) "no diagnostic")
  (open "gatos/policies/gate.rgs")
  (at "trusted if")
  (let ((told (must (eldoc-says) "nothing is told")))
    (must (string-match-p "trusted" told) told)))

(defun page (title)
  "The text of the page TITLE, when it is shown."
  (wait (lambda ()
          (let ((buffer (get-buffer (format "*gatos %s*" title))))
            (and buffer (> (buffer-size buffer) 0)
                 (with-current-buffer buffer (buffer-string)))))))

(check "a fold is previewed over real events"
  (open "gatos/folds/authors.lua")
  (gatos-preview-fold)
  (must (string-match-p "50" (must (page "preview") "no page")) (page "preview")))

(check "a test of a policy is run"
  (open "gatos/policies/gate_test.rgs")
  (at "count(gate.deny) == 1")
  (must (equal (gatos--test-at-point) "test_strangers_are_denied") (gatos--test-at-point))
  (gatos-run-test (gatos--test-at-point))
  (must (string-match-p "test_strangers_are_denied" (must (page "tests") "no page")) (page "tests")))

(check "a code is explained"
  (gatos-explain-code "E0107")
  (must (string-match-p "dpairs" (must (page "code") "no page")) (page "code")))

(say "%d passed, %d failed" passed failed)
(ignore-errors (eglot-shutdown (eglot-current-server)))
(kill-emacs (if (= failed 0) 0 1))

;;; run.el ends here
