// The tokens of policies that no regular expression says exactly: line breaks that end a statement
// or a rule, words (reserved ones are names after a dot and before one), numbers (as far as letters
// and digits go, or none), the brace of a body after `if`, and the text and escapes of strings and
// templates. It keeps nothing between tokens.

#include "tree_sitter/parser.h"

#include <string.h>

// The order is that of `externals` in grammar.js.
enum Token {
    IDENTIFIER,
    NUMBER,
    NEWLINE,
    BODY_OPEN,
    QUOTED,
    TEMPLATE_QUOTED,
    TEMPLATE_RAW,
    ESCAPE,
    TEMPLATE_ESCAPE,
    WRONG,
    FIRST_KEYWORD,
};

static const struct {
    const char *text;
    // Whether a statement or a rule can begin with it.
    bool begins;
} KEYWORDS[] = {
    {"as", false},     {"contains", true}, {"default", true}, {"else", false}, {"every", true},
    {"false", true},   {"if", false},      {"import", true},  {"in", false},   {"not", true},
    {"null", true},    {"package", true},  {"some", true},    {"true", true},  {"with", false},
};

enum {
    KEYWORD_COUNT = sizeof KEYWORDS / sizeof KEYWORDS[0],
    CONTAINS = 1,
    LONGEST = 8,
    // How deep brackets are followed when the end of a body is looked for; the compiler takes 200.
    DEEPEST = 256,
};

static void next(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static bool is_hex(int32_t c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static bool is_space(int32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_break(int32_t c) { return c == '\n' || c == '\r'; }

// A token whose end was marked.
static bool marked(TSLexer *lexer, unsigned token) {
    lexer->result_symbol = (TSSymbol)token;
    return true;
}

static bool found(TSLexer *lexer, unsigned token) {
    lexer->mark_end(lexer);
    return marked(lexer, token);
}

// A word. `first`: it is the first on its line. `ends`: what begins a statement here ends the one
// before, at the place that is marked.
static bool word(TSLexer *lexer, const bool *valid, bool first, bool ends) {
    char text[LONGEST];
    unsigned length = 0;
    bool wrong = false;
    while (is_letter(lexer->lookahead) || is_digit(lexer->lookahead) || lexer->lookahead >= 0x80) {
        wrong = wrong || lexer->lookahead >= 0x80;
        if (length < LONGEST) text[length] = (char)lexer->lookahead;
        length++;
        next(lexer);
    }
    if (wrong) return found(lexer, WRONG);
    int keyword = -1;
    if (length <= LONGEST) {
        for (int i = 0; i < KEYWORD_COUNT; i++) {
            if (strlen(KEYWORDS[i].text) == length && memcmp(KEYWORDS[i].text, text, length) == 0) keyword = i;
        }
    }
    // Any name may begin a statement.
    if (keyword < 0) return ends ? marked(lexer, NEWLINE) : found(lexer, IDENTIFIER);
    if (!ends) lexer->mark_end(lexer);
    bool dot = lexer->lookahead == '.';
    bool name = first && lexer->lookahead == '[';
    if (dot) {
        next(lexer);
        name = is_letter(lexer->lookahead);
    }
    // `contains` is reserved in the head of a rule only, on the line where it begins.
    name = name || (keyword == CONTAINS && (first || !valid[FIRST_KEYWORD + CONTAINS]));
    if (ends && (name || KEYWORDS[keyword].begins)) return marked(lexer, NEWLINE);
    if (ends) {
        // The end of the word is past; without us it is found too.
        if (dot) return false;
        lexer->mark_end(lexer);
    }
    return marked(lexer, name ? IDENTIFIER : FIRST_KEYWORD + (unsigned)keyword);
}

// A number takes every letter and digit that follows, a point before a digit, and the sign of an
// exponent; whether that is a number is judged on the way. `point`: a point was read already.
static bool number(TSLexer *lexer, bool point) {
    unsigned whole = 0, part = 0, power = 0;
    bool zero = lexer->lookahead == '0', exponent = false, good = true;
    for (;;) {
        int32_t c = lexer->lookahead;
        if (c == '.') {
            if (point) break;
            lexer->mark_end(lexer);
            next(lexer);
            if (!is_digit(lexer->lookahead)) {
                // The point belongs to what follows.
                good = good && (!exponent || power > 0) && !(zero && whole > 1);
                return marked(lexer, good ? NUMBER : WRONG);
            }
            good = good && !exponent;
            point = true;
        } else if (c == 'e' || c == 'E') {
            good = good && !exponent;
            exponent = true;
            next(lexer);
            if (lexer->lookahead == '+' || lexer->lookahead == '-') next(lexer);
        } else if (is_digit(c)) {
            *(exponent ? &power : point ? &part : &whole) += 1;
            next(lexer);
        } else if (is_letter(c)) {
            good = false;
            next(lexer);
        } else {
            break;
        }
    }
    good = good && (!exponent || power > 0) && (!point || part > 0) && !(zero && whole > 1);
    return found(lexer, good ? NUMBER : WRONG);
}

// One escape; the backslash was read. What is no escape is none of ours, so that it is an error.
static bool escape(TSLexer *lexer, bool braces) {
    int32_t c = lexer->lookahead;
    if (c != 0 && c < 0x80 && strchr("\"\\/bfnrt", c)) {
        next(lexer);
        return found(lexer, ESCAPE);
    }
    if (braces && (c == '{' || c == '}')) {
        next(lexer);
        return found(lexer, TEMPLATE_ESCAPE);
    }
    if (c != 'u') return false;
    // Halves of a character come in pairs.
    for (int half = 0; half < 2; half++) {
        next(lexer);
        uint32_t unit = 0;
        for (int i = 0; i < 4; i++) {
            int32_t d = lexer->lookahead;
            if (!is_hex(d)) return false;
            unit = unit * 16 + (uint32_t)(is_digit(d) ? d - '0' : (d | 0x20) - 'a' + 10);
            next(lexer);
        }
        bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
        if (half == 1) return low && found(lexer, ESCAPE);
        if (low) return false;
        if (!high) return found(lexer, ESCAPE);
        if (lexer->lookahead != '\\') return false;
        next(lexer);
        if (lexer->lookahead != 'u') return false;
    }
    return false;
}

// The text of a string or of a template in quotes, up to what ends it.
static bool quoted(TSLexer *lexer, unsigned token, bool braces) {
    if (lexer->lookahead == '\\') {
        next(lexer);
        return escape(lexer, braces);
    }
    bool any = false;
    while (!lexer->eof(lexer) && lexer->lookahead != '"' && lexer->lookahead != '\\' &&
           !is_break(lexer->lookahead) && !(braces && lexer->lookahead == '{')) {
        any = true;
        next(lexer);
    }
    return any && found(lexer, token);
}

// The text of a raw template: a backslash means something before a brace only.
static bool raw(TSLexer *lexer) {
    bool any = false;
    while (!lexer->eof(lexer) && lexer->lookahead != '`' && lexer->lookahead != '{') {
        bool slash = lexer->lookahead == '\\';
        if (slash) lexer->mark_end(lexer);
        next(lexer);
        if (slash && lexer->lookahead == '{') {
            if (any) return marked(lexer, TEMPLATE_RAW);
            next(lexer);
            return found(lexer, TEMPLATE_ESCAPE);
        }
        any = true;
    }
    return any && found(lexer, TEMPLATE_RAW);
}

// Passes over the text of a template. Says whether a brace opened in it.
static bool skip_template(TSLexer *lexer, bool is_raw) {
    while (!lexer->eof(lexer)) {
        int32_t c = lexer->lookahead;
        if (!is_raw && is_break(c)) return false;
        next(lexer);
        if (c == (is_raw ? '`' : '"')) return false;
        if (c == '{') return true;
        if (c == '\\' && (is_raw ? lexer->lookahead == '{' : !is_break(lexer->lookahead))) next(lexer);
    }
    return false;
}

static void skip_blank(TSLexer *lexer) {
    for (;;) {
        while (is_space(lexer->lookahead)) next(lexer);
        if (lexer->lookahead != '#') return;
        while (!lexer->eof(lexer) && !is_break(lexer->lookahead)) next(lexer);
    }
}

// Whether the brace after an `if`, which was read, opens a body. What is used as a value right
// after its closing is none.
static bool opens_body(TSLexer *lexer) {
    char open[DEEPEST];
    unsigned depth = 1;
    open[0] = '{';
    while (depth > 0) {
        if (lexer->eof(lexer)) return true;
        int32_t c = lexer->lookahead;
        if (c == '#') {
            skip_blank(lexer);
            continue;
        }
        next(lexer);
        char opened = 0;
        if (c == '"') {
            while (!lexer->eof(lexer) && lexer->lookahead != '"' && !is_break(lexer->lookahead)) {
                bool slash = lexer->lookahead == '\\';
                next(lexer);
                if (slash && !lexer->eof(lexer) && !is_break(lexer->lookahead)) next(lexer);
            }
            if (lexer->lookahead == '"') next(lexer);
        } else if (c == '`') {
            while (!lexer->eof(lexer) && lexer->lookahead != '`') next(lexer);
            next(lexer);
        } else if (c == '$' && (lexer->lookahead == '"' || lexer->lookahead == '`')) {
            bool is_raw = lexer->lookahead == '`';
            next(lexer);
            if (skip_template(lexer, is_raw)) opened = is_raw ? '`' : '"';
        } else if (c == '{' || c == '(' || c == '[') {
            opened = '{';
        } else if (c == '}' || c == ')' || c == ']') {
            depth--;
            char outer = open[depth];
            if (outer != '{' && skip_template(lexer, outer == '`')) opened = outer;
        }
        if (opened != 0) {
            if (depth == DEEPEST) return true;
            open[depth++] = opened;
        }
    }
    if (lexer->lookahead == '.' || lexer->lookahead == '[' || lexer->lookahead == '(') return false;
    skip_blank(lexer);
    int32_t c = lexer->lookahead;
    if (lexer->eof(lexer) || c == 0) return true;
    if (c < 0x80 && strchr("+-*/%&|<>=", c)) return false;
    next(lexer);
    if (c == '!' || c == ':') return lexer->lookahead != '=';
    if (c != 'i' || lexer->lookahead != 'n') return true;
    next(lexer);
    return is_letter(lexer->lookahead) || is_digit(lexer->lookahead);
}

void *tree_sitter_rgs_external_scanner_create(void) { return NULL; }

void tree_sitter_rgs_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_rgs_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

void tree_sitter_rgs_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}

bool tree_sitter_rgs_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    // While the parser recovers from an error everything is valid, and nothing says where we are.
    bool recovering = valid[WRONG];
    if (!recovering && valid[QUOTED]) return quoted(lexer, QUOTED, false);
    if (!recovering && valid[TEMPLATE_QUOTED]) return quoted(lexer, TEMPLATE_QUOTED, true);
    if (!recovering && valid[TEMPLATE_RAW]) return raw(lexer);
    lexer->mark_end(lexer);
    bool first = false;
    while (is_space(lexer->lookahead)) {
        first = first || is_break(lexer->lookahead);
        lexer->advance(lexer, true);
    }
    int32_t c = lexer->lookahead;
    if (lexer->eof(lexer) || c == '#') return false;
    bool ends = first && valid[NEWLINE] && !recovering;
    if (is_letter(c) || c >= 0x80) return word(lexer, valid, first, ends);
    if (ends && (is_digit(c) || (c != 0 && strchr("\"`'$([{", c)))) return marked(lexer, NEWLINE);
    if (is_digit(c)) return number(lexer, false);
    if (c == '.') {
        next(lexer);
        if (!is_digit(lexer->lookahead)) return false;
        return ends ? marked(lexer, NEWLINE) : number(lexer, true);
    }
    if (c == '{' && valid[BODY_OPEN] && !recovering) {
        next(lexer);
        lexer->mark_end(lexer);
        return opens_body(lexer) && marked(lexer, BODY_OPEN);
    }
    return false;
}
