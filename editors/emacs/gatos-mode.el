;;; gatos-mode.el --- Folds in EchoLua and policies in .rgs  -*- lexical-binding: t; -*-

;; Author: The GATOS authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: languages
;; License: Apache-2.0

;;; Commentary:

;; Major modes for the two languages of GATOS, and what makes Eglot speak with `gatos lsp':
;;
;;     (require 'gatos-mode)
;;     (add-hook 'echolua-mode-hook #'eglot-ensure)
;;     (add-hook 'rgs-mode-hook #'eglot-ensure)
;;
;; `.lua' files below gatos/folds, and those whose first comment says `-- gatos: fold', are folds;
;; `.rgs' files are policies.  The commands begin with `gatos-'; C-c C-g holds them.

;;; Code:

(require 'cl-lib)
(require 'project)
(require 'subr-x)

(declare-function eglot-current-server "ext:eglot")
(declare-function jsonrpc-request "ext:jsonrpc")
(declare-function jsonrpc-async-request "ext:jsonrpc")
(defvar eglot-server-programs)
(defvar dape-configs)

(defgroup gatos nil
  "Folds and policies."
  :group 'languages
  :prefix "gatos-")

(defcustom gatos-program "gatos"
  "The program that is the language server and the debugger."
  :type 'string)

(defcustom gatos-initialization-options nil
  "What the language server is handed as it starts, as a property list."
  :type 'plist)

(defcustom gatos-echolua-indent 2
  "Columns that a block of a fold is indented by; 2 is what `gatos fmt' writes."
  :type 'natnum
  :safe #'natnump)

;;;; What both languages share.

(defun gatos--code-p (position)
  "Whether POSITION is neither in a string nor in a comment."
  (not (or (nth 8 (save-excursion (syntax-ppss position)))
           ;; The brackets of a long string are no brackets.
           (get-text-property position 'syntax-table))))

(defun gatos--opener (token)
  "Move to what opened the block or bracket of point; nil if there is none.
TOKEN is a function that moves to the token before and says whether that opens
\(1), closes (-1), or does both (0)."
  (let ((depth 0) margin step found)
    (while (and (not found) (setq step (funcall token)))
      (cond
       ;; The line passed before begins at the margin and is whole: it is in nothing.
       ((and margin (< (point) margin)) (setq found 'none))
       ((and (>= step 0) (= depth 0)) (setq found t))
       ((= step 1) (setq depth (1- depth)))
       ((= step -1) (setq depth (1+ depth))))
      (setq margin (and (= depth 0) (= 0 (current-indentation)) (line-beginning-position))))
    (eq found t)))

(defun gatos--closer-p (token)
  "Whether the line of point begins with what closes, by TOKEN."
  (save-excursion
    (back-to-indentation)
    (let ((start (point)))
      (skip-syntax-forward "w_" (line-end-position))
      (when (= start (point))
        (ignore-errors (forward-char)))
      (let ((step (funcall token)))
        (and step (<= step 0) (= start (point)))))))

(defun gatos--indent-line (token width goes-on)
  "Indent the line of point by the line that opens what it is in.
TOKEN is as in `gatos--opener'; WIDTH is that of a level.  GOES-ON says, at the
end of the line before, whether that goes on."
  (let ((indent
         (save-excursion
           (beginning-of-line)
           ;; The inside of a string or a long comment stays.
           (when (gatos--code-p (point))
             (let* ((closes (gatos--closer-p token))
                    (went-on (and (not closes)
                                  (save-excursion
                                    (and (gatos--previous-code-line)
                                         (progn
                                           (end-of-line)
                                           (funcall goes-on))))))
                    (base (save-excursion
                            (if (gatos--opener token) (+ (current-indentation) width) 0))))
               (max 0 (+ base (if closes (- width) 0) (if went-on width 0))))))))
    (when indent
      (if (<= (current-column) (current-indentation))
          (indent-line-to indent)
        (save-excursion (indent-line-to indent))))))

(defun gatos--previous-code-line ()
  "Move to the line before that holds code; nil if there is none."
  (let (found)
    (while (and (not found) (= 0 (forward-line -1)))
      (setq found (and (gatos--code-p (line-beginning-position))
                       (not (looking-at-p "[ \t]*\\(--\\|#\\|$\\)")))))
    found))

;;;; EchoLua.

(defconst echolua--keywords
  '("and" "break" "do" "else" "elseif" "end" "for" "function" "goto" "if" "in" "local" "not" "or"
    "repeat" "return" "then" "until" "while"))

(defconst echolua--builtins
  '("assert" "dkeys" "dpairs" "dsort" "dvalues" "error" "getmetatable" "ipairs" "pcall" "print"
    "rawequal" "rawget" "rawlen" "rawset" "require" "rng" "select" "setmetatable" "tonumber"
    "tostring" "type" "xpcall"))

(defconst echolua--modules '("json" "math" "string" "table" "utf8"))

(defvar echolua-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?- ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?\\ "\\" table)
    (dolist (sign '(?+ ?* ?/ ?% ?^ ?# ?& ?~ ?| ?< ?> ?= ?. ?: ?\; ?,))
      (modify-syntax-entry sign "." table))
    table)
  "Syntax of folds.")

(defvar echolua-font-lock-keywords
  `((,(regexp-opt echolua--keywords 'symbols) . font-lock-keyword-face)
    (,(regexp-opt '("nil" "true" "false") 'symbols) . font-lock-constant-face)
    ("\\.\\.\\." . font-lock-variable-name-face)
    ("\\_<function[ \t]+\\(?:[[:alnum:]_]+[.:]\\)*\\([[:alpha:]_][[:alnum:]_]*\\)"
     1 font-lock-function-name-face)
    ("\\_<local[ \t]+\\([[:alpha:]_][[:alnum:]_]*\\)" 1 font-lock-variable-name-face)
    (,(concat "\\(?:^\\|[^.:[:alnum:]_]\\)\\(" (regexp-opt echolua--builtins) "\\)[ \t]*[({\"'[]")
     1 font-lock-builtin-face)
    (,(concat "\\_<" (regexp-opt echolua--modules t) "\\.\\([[:alpha:]_]+\\)")
     (1 font-lock-type-face) (2 font-lock-builtin-face))
    ("::\\([[:alpha:]_][[:alnum:]_]*\\)::" 1 font-lock-constant-face)
    ("<\\(const\\|close\\)>" 1 font-lock-type-face))
  "Colours of folds.")

(defun echolua--propertize (start end)
  "Mark long strings and long comments between START and END."
  (let ((state (syntax-ppss start)))
    ;; Begun inside of one, it is marked anew from its beginning.
    (goto-char (if (or (eq (nth 3 state) t) (eq (nth 7 state) 'syntax-table)) (nth 8 state) start)))
  (while (re-search-forward "\\(--\\)?\\[\\(=*\\)\\[" end t)
    (let* ((opening (match-beginning 0))
           (class (if (match-beginning 1) "!" "|"))
           (close (concat "]" (match-string 2) "]")))
      (if (nth 8 (save-excursion (syntax-ppss opening)))
          (goto-char (1+ opening))
        (put-text-property opening (1+ opening) 'syntax-table (string-to-syntax class))
        (when (search-forward close nil t)
          (put-text-property (1- (point)) (point) 'syntax-table (string-to-syntax class)))))))

(defun echolua--token ()
  "Move to the token before that opens or closes something, and say which."
  (let (step)
    (while (and (not step)
                (re-search-backward
                 (concat "\\_<\\(?:\\(function\\|do\\|then\\|repeat\\)\\|\\(end\\|until\\)"
                         "\\|\\(else\\)\\|\\(elseif\\)\\)\\_>"
                         "\\|\\([[({]\\)\\|[])}]")
                 nil t))
      (when (save-match-data (gatos--code-p (point)))
        (setq step (cond ((or (match-beginning 1) (match-beginning 5)) 1)
                         ((match-beginning 3) 0)
                         (t -1)))))
    step))

(defun echolua--goes-on-p ()
  "Whether the line that ends at point goes on: it ends with an operator."
  (skip-chars-backward " \t")
  (and (gatos--code-p (point))
       (looking-back "\\(?:\\_<\\(?:and\\|or\\|not\\)\\|[-+*/%^~=<>]\\|\\.\\.\\)" (line-beginning-position))))

(defun echolua-indent-line ()
  "Indent a line of a fold."
  (interactive)
  (gatos--indent-line #'echolua--token gatos-echolua-indent #'echolua--goes-on-p))

(defvar gatos-command-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "p") #'gatos-preview-fold)
    (define-key map (kbd "i") #'gatos-pin-input)
    (define-key map (kbd "u") #'gatos-unpin-input)
    (define-key map (kbd "e") #'gatos-explain-decision)
    (define-key map (kbd "c") #'gatos-explain-code)
    (define-key map (kbd "t") #'gatos-run-test)
    (define-key map (kbd "T") #'gatos-run-tests)
    (define-key map (kbd "r") #'gatos-compare-root)
    (define-key map (kbd "l") #'gatos-show-elc)
    (define-key map (kbd "d") #'gatos-test-from-denial)
    map)
  "What can be asked of the language server.")

(defvar echolua-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-g") gatos-command-map)
    map)
  "Keys in folds.")

;;;###autoload
(define-derived-mode echolua-mode prog-mode "EchoLua"
  "Major mode for folds in EchoLua."
  (setq-local comment-start "-- ")
  (setq-local comment-end "")
  (setq-local comment-start-skip "--+[ \t]*")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'echolua-indent-line)
  (setq-local syntax-propertize-function #'echolua--propertize)
  (setq-local parse-sexp-lookup-properties t)
  (setq-local font-lock-defaults '(echolua-font-lock-keywords))
  (setq-local electric-indent-chars '(?\n ?} ?\) ?\] ?d ?e ?f ?l))
  (setq-local imenu-generic-expression
              '((nil "^[ \t]*\\(?:local[ \t]+\\)?function[ \t]+\\([[:alnum:]_.:]+\\)" 1)
                (nil "^[ \t]*\\([[:alnum:]_.]+\\)[ \t]*=[ \t]*function\\_>" 1)))
  (setq-local add-log-current-defun-function #'echolua--current-function))

(defun echolua--current-function ()
  "The name of the function around point, by its line."
  (save-excursion
    (end-of-line)
    (when (re-search-backward "\\_<function[ \t]+\\([[:alnum:]_.:]+\\)" nil t)
      (match-string-no-properties 1))))

;;;; Policies.

(defvar rgs-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?` "\"" table)
    (modify-syntax-entry ?' "." table)
    (modify-syntax-entry ?\\ "\\" table)
    (modify-syntax-entry ?$ "." table)
    (dolist (sign '(?+ ?- ?* ?/ ?% ?& ?| ?< ?> ?= ?! ?. ?: ?\; ?,))
      (modify-syntax-entry sign "." table))
    table)
  "Syntax of policies.")

(defvar rgs-font-lock-keywords
  `((,(regexp-opt '("package" "import" "as" "default" "if" "else" "every" "some" "in" "not" "with" "contains")
                  'symbols)
     . font-lock-keyword-face)
    (,(regexp-opt '("null" "true" "false") 'symbols) . font-lock-constant-face)
    ("^package[ \t]+\\([[:alnum:]_.]+\\)" 1 font-lock-type-face)
    ("^import[ \t]+\\([[:alnum:]_.]+\\)" 1 font-lock-type-face)
    ("^\\(?:default[ \t]+\\)?\\([[:alpha:]_][[:alnum:]_]*\\)\\_>" 1 font-lock-function-name-face)
    ("\\_<\\(input\\|data\\)\\(?:\\.\\|\\[\\)" 1 font-lock-builtin-face)
    ("\\_<\\([[:alpha:]_][[:alnum:]_.]*\\)(" 1 font-lock-function-name-face)
    ("\\_<\\([[:alpha:]_][[:alnum:]_]*\\)[ \t]*:=" 1 font-lock-variable-name-face))
  "Colours of policies.")

(defun rgs--propertize (start end)
  "Between START and END, a backslash in backquotes escapes nothing."
  (let ((state (syntax-ppss start)))
    (goto-char (if (eq (nth 3 state) ?`) (nth 8 state) start)))
  (while (re-search-forward "`[^`]*`?" end t)
    (let ((from (match-beginning 0)) (to (match-end 0)))
      (if (nth 8 (save-excursion (syntax-ppss from)))
          (goto-char (1+ from))
        (goto-char from)
        (while (search-forward "\\" to t)
          (put-text-property (1- (point)) (point) 'syntax-table (string-to-syntax ".")))
        (goto-char to)))))

(defun rgs--token ()
  "Move to the bracket before, and say whether it opens or closes."
  (let (step)
    (while (and (not step) (re-search-backward "\\([[({]\\)\\|[])}]" nil t))
      (when (save-match-data (gatos--code-p (point)))
        (setq step (if (match-beginning 1) 1 -1))))
    step))

(defun rgs--goes-on-p ()
  "Whether the line that ends at point goes on, by its last word or sign."
  (skip-chars-backward " \t")
  (and (gatos--code-p (point))
       (looking-back "\\(?:\\_<\\(?:if\\|in\\|with\\|as\\|not\\)\\|[-+*/%&=<>]\\)" (line-beginning-position))))

(defun rgs-indent-line ()
  "Indent a line of a policy."
  (interactive)
  (gatos--indent-line #'rgs--token tab-width #'rgs--goes-on-p))

(defvar rgs-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-g") gatos-command-map)
    map)
  "Keys in policies.")

;;;###autoload
(define-derived-mode rgs-mode prog-mode "Policy"
  "Major mode for policies in `.rgs'."
  (setq-local comment-start "# ")
  (setq-local comment-end "")
  (setq-local comment-start-skip "#+[ \t]*")
  (setq-local indent-tabs-mode t)
  (setq-local tab-width 4)
  (setq-local indent-line-function #'rgs-indent-line)
  (setq-local syntax-propertize-function #'rgs--propertize)
  (setq-local parse-sexp-lookup-properties t)
  (setq-local font-lock-defaults '(rgs-font-lock-keywords))
  (setq-local electric-indent-chars '(?\n ?} ?\) ?\]))
  (setq-local imenu-generic-expression
              '((nil "^\\(?:default[ \t]+\\)?\\([[:alpha:]_][[:alnum:]_.]*\\)\\(?:(\\|[ \t]+\\(?:if\\|contains\\|:?=\\)\\)" 1))))

;;;; Which files.

(defun gatos--says-fold-p ()
  "Whether the first comment of the buffer says that it is a fold."
  (and buffer-file-name
       (string-suffix-p ".lua" buffer-file-name)
       (save-excursion
         (goto-char (point-min))
         (let (found)
           (while (and (not found) (not (eobp)) (looking-at-p "[ \t]*\\(--\\|$\\|#!\\)"))
             (setq found (looking-at-p "[ \t]*--+[ \t]*gatos:[ \t]*fold[ \t]*$"))
             (forward-line 1))
           found))))

;;;###autoload
(progn
  (add-to-list 'auto-mode-alist '("\\.rgs\\'" . rgs-mode))
  (add-to-list 'auto-mode-alist '("/gatos/folds/.*\\.lua\\'" . echolua-mode)))
(add-to-list 'magic-mode-alist '(gatos--says-fold-p . echolua-mode))

;;;; Projects: the folder that holds gatos/.

(defun gatos-project-find (folder)
  "The project of FOLDER: a folder around it that holds gatos/."
  (let ((root (locate-dominating-file
               folder
               (lambda (at)
                 (cl-some (lambda (part) (file-directory-p (expand-file-name part at)))
                          '("gatos/folds" "gatos/policies" "gatos/config"))))))
    (and root (cons 'gatos (expand-file-name root)))))

(cl-defmethod project-root ((project (head gatos)))
  "The root of PROJECT."
  (cdr project))

(defun gatos--find-project ()
  "Let buffers of ours find their project, before Git finds a larger one."
  (add-hook 'project-find-functions #'gatos-project-find nil t))

(add-hook 'echolua-mode-hook #'gatos--find-project)
(add-hook 'rgs-mode-hook #'gatos--find-project)

;;;; The language server.

(defun gatos--contact (&rest _)
  "How Eglot starts the language server."
  (append (list gatos-program "lsp")
          ;; The results of commands are shown by us.
          (list :initializationOptions
                (append gatos-initialization-options '(:commands (:show "client"))))))

(with-eval-after-load 'eglot
  (if (fboundp 'eglot--languages)
      (add-to-list 'eglot-server-programs '((echolua-mode rgs-mode) . gatos--contact))
    ;; Before Eglot 1.10 all buffers of a server are in one language.
    (add-to-list 'eglot-server-programs '(echolua-mode . gatos--contact))
    (add-to-list 'eglot-server-programs '(rgs-mode . gatos--contact))))

(defun gatos--execute (command arguments title)
  "Ask the server for COMMAND with ARGUMENTS; TITLE names the answer."
  (let ((server (and (fboundp 'eglot-current-server) (eglot-current-server))))
    (unless server
      (user-error "The language server is not running; M-x eglot starts it"))
    (jsonrpc-async-request
     server :workspace/executeCommand
     (list :command command :arguments (vconcat arguments))
     :timeout 300
     :success-fn (lambda (result)
                   (let ((text (plist-get result :markdown)))
                     (if (or (null text) (string-empty-p text))
                         (message "GATOS: done")
                       (gatos--show title text))))
     :error-fn (lambda (failure) (message "GATOS: %s" (plist-get failure :message)))
     :timeout-fn (lambda () (message "GATOS: no answer to %s" command)))))

(defun gatos--show (title text)
  "Show TEXT in a buffer for TITLE."
  (with-current-buffer (get-buffer-create (format "*gatos %s*" title))
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert text)
      (goto-char (point-min)))
    (cond ((derived-mode-p 'special-mode 'markdown-view-mode))
          ((fboundp 'markdown-view-mode) (markdown-view-mode))
          (t (special-mode)))
    (display-buffer (current-buffer))))

(defun gatos--file ()
  "The file of this buffer."
  (or buffer-file-name (user-error "This buffer has no file")))

(defun gatos-preview-fold (&optional namespace events)
  "Fold the newest real events and show the state.
NAMESPACE and EVENTS, their number, are asked for with a prefix argument."
  (interactive (when current-prefix-arg
                 (list (read-string "Namespace: ") (read-string "Number of events: "))))
  (gatos--execute "gatos.previewFold" (list (gatos--file) (or namespace "") (or events "")) "preview"))

(defun gatos-pin-input (source)
  "Show policies with the input SOURCE.
It is a JSON file, event:ULID, denial:NUMBER (0 is the newest) or json:{…}."
  (interactive (list (read-string "Input (a JSON file, event:ULID, denial:0, json:{…}): ")))
  (let ((source (if (string-match-p "\\`[a-z]+:" source) source (expand-file-name source))))
    (gatos--execute "gatos.pinInput" (list (gatos--file) source) "pin")))

(defun gatos-unpin-input ()
  "Take the pinned input off."
  (interactive)
  (gatos--execute "gatos.pinInput" (list (gatos--file)) "pin"))

(defun gatos-explain-decision ()
  "Say why the decision about the pinned input falls as it does."
  (interactive)
  (gatos--execute "gatos.explainDecision" (list (gatos--file)) "decision"))

(defun gatos-explain-code (code)
  "Show the page of the diagnostic CODE."
  (interactive (list (read-string "Code: " (thing-at-point 'symbol t))))
  (gatos--execute "gatos.explainCode" (list code) "code"))

(defun gatos--test-at-point ()
  "The name of the test at point or before it."
  (save-excursion
    (end-of-line)
    (and (re-search-backward "\\_<test_[[:alnum:]_]+" nil t)
         (match-string-no-properties 0))))

(defun gatos-run-test (name)
  "Run the test NAME: the one at point, or before it."
  (interactive (list (or (gatos--test-at-point) (user-error "There is no test at point, nor before it"))))
  (gatos--execute "gatos.runTest" (list (gatos--file) name) "tests"))

(defun gatos-run-tests ()
  "Run all tests of this file."
  (interactive)
  (gatos--execute "gatos.runTests" (list (gatos--file)) "tests"))

(defun gatos-compare-root ()
  "Compare the compiled root with that of the text at HEAD."
  (interactive)
  (gatos--execute "gatos.compareRoot" (list (gatos--file)) "root"))

(defun gatos-show-elc ()
  "Show the compiled program."
  (interactive)
  (gatos--execute "gatos.showElc" (list (gatos--file)) "elc"))

(defun gatos-test-from-denial ()
  "Write a test from the newest denial on record."
  (interactive)
  (gatos--execute "gatos.testFromDenial" (list (gatos--file)) "test"))

;;;; The debugger, for those who have dape.

(with-eval-after-load 'dape
  (add-to-list 'dape-configs
               '(gatos-fold
                 modes (echolua-mode)
                 command "gatos" command-args ("dap")
                 :type "gatos" :request "launch"
                 :program dape-buffer-default :events ""))
  (add-to-list 'dape-configs
               '(gatos-policy
                 modes (rgs-mode)
                 command "gatos" command-args ("dap")
                 :type "gatos" :request "launch"
                 :program dape-buffer-default :input "")))

(provide 'gatos-mode)

;;; gatos-mode.el ends here
