// The tokens of EchoLua that no regular expression says exactly: words (reserved ones are reserved
// wherever they stand), numbers (as many letters, digits and points as follow, or none), long
// brackets, and the text and escapes of strings. It keeps nothing between tokens.

#include "tree_sitter/parser.h"

#include <string.h>

// The order is that of `externals` in grammar.js.
enum Token {
    IDENTIFIER,
    NUMBER,
    COMMENT,
    LONG_STRING,
    DOUBLE_QUOTED,
    SINGLE_QUOTED,
    ESCAPE,
    HASH_LINE,
    ATTRIBUTE_CLOSE,
    WRONG,
    FIRST_KEYWORD,
};

static const char *const KEYWORDS[] = {
    "and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "goto",  "if",
    "in",    "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while",
};

enum { KEYWORD_COUNT = sizeof KEYWORDS / sizeof KEYWORDS[0], LONGEST = 8 };

static void next(TSLexer *lexer) { lexer->advance(lexer, false); }

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static bool is_hex(int32_t c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static bool is_space(int32_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_break(int32_t c) { return c == '\n' || c == '\r'; }

static bool found(TSLexer *lexer, unsigned token) {
    lexer->mark_end(lexer);
    lexer->result_symbol = (TSSymbol)token;
    return true;
}

// A word: a keyword, a name, or with letters outside ASCII neither.
static bool word(TSLexer *lexer) {
    char text[LONGEST + 1];
    unsigned length = 0;
    bool wrong = false;
    while (is_letter(lexer->lookahead) || is_digit(lexer->lookahead) || lexer->lookahead >= 0x80) {
        wrong = wrong || lexer->lookahead >= 0x80;
        if (length <= LONGEST) text[length < LONGEST ? length : LONGEST] = (char)lexer->lookahead;
        length++;
        next(lexer);
    }
    if (wrong) return found(lexer, WRONG);
    if (length <= LONGEST) {
        for (unsigned i = 0; i < KEYWORD_COUNT; i++) {
            if (strlen(KEYWORDS[i]) == length && memcmp(KEYWORDS[i], text, length) == 0) {
                return found(lexer, FIRST_KEYWORD + i);
            }
        }
    }
    return found(lexer, IDENTIFIER);
}

// A number takes every letter, digit and point that follows, and the sign of an exponent; whether
// that is a number is judged on the way. `point`: a point was read already.
static bool number(TSLexer *lexer, bool point) {
    bool hex = false, digits = false, exponent = false, exponent_digits = false, good = true;
    if (!point && lexer->lookahead == '0') {
        next(lexer);
        if (lexer->lookahead == 'x' || lexer->lookahead == 'X') {
            hex = true;
            next(lexer);
        } else {
            digits = true;
        }
    }
    for (;;) {
        int32_t c = lexer->lookahead;
        bool mark = hex ? c == 'p' || c == 'P' : c == 'e' || c == 'E';
        if (mark) {
            good = good && !exponent;
            exponent = true;
            next(lexer);
            if (lexer->lookahead == '+' || lexer->lookahead == '-') next(lexer);
        } else if (c == '.') {
            good = good && !point && !exponent;
            point = true;
            next(lexer);
        } else if (is_digit(c) || is_letter(c)) {
            if (exponent) {
                good = good && is_digit(c);
                exponent_digits = true;
            } else {
                good = good && (hex ? is_hex(c) : is_digit(c));
                digits = true;
            }
            next(lexer);
        } else {
            break;
        }
    }
    good = good && digits && (!exponent || exponent_digits);
    return found(lexer, good ? NUMBER : WRONG);
}

// The rest of a long bracket after its opening of that level. Says whether it ends.
static bool long_rest(TSLexer *lexer, unsigned level) {
    while (!lexer->eof(lexer)) {
        bool bracket = lexer->lookahead == ']';
        next(lexer);
        if (!bracket) continue;
        unsigned signs = 0;
        while (lexer->lookahead == '=') {
            signs++;
            next(lexer);
        }
        // A second bracket that does not fit may itself open the right closing, as in `]=]==]`.
        if (lexer->lookahead == ']' && signs == level) {
            next(lexer);
            return true;
        }
    }
    return false;
}

// Reads `[==[`, and says whether that is what stands here.
static bool long_open(TSLexer *lexer, unsigned *level) {
    *level = 0;
    if (lexer->lookahead != '[') return false;
    next(lexer);
    while (lexer->lookahead == '=') {
        (*level)++;
        next(lexer);
    }
    if (lexer->lookahead != '[') return false;
    next(lexer);
    return true;
}

// What follows `--`. A long comment that never ends is none.
static bool comment(TSLexer *lexer) {
    unsigned level;
    if (long_open(lexer, &level)) return found(lexer, long_rest(lexer, level) ? COMMENT : WRONG);
    while (!lexer->eof(lexer) && !is_break(lexer->lookahead)) next(lexer);
    return found(lexer, COMMENT);
}

// One escape; the backslash is next. What is no escape is none of ours, so that it is an error.
static bool escape(TSLexer *lexer) {
    next(lexer);
    int32_t c = lexer->lookahead;
    if (c != 0 && c < 0x80 && strchr("abfnrtv\\\"'", c)) {
        next(lexer);
    } else if (is_break(c)) {
        next(lexer);
        if (is_break(lexer->lookahead) && lexer->lookahead != c) next(lexer);
    } else if (c == 'z') {
        do next(lexer);
        while (is_space(lexer->lookahead));
    } else if (c == 'x') {
        for (int i = 0; i < 2; i++) {
            next(lexer);
            if (!is_hex(lexer->lookahead)) return false;
        }
        next(lexer);
    } else if (is_digit(c)) {
        int value = 0;
        for (int i = 0; i < 3 && is_digit(lexer->lookahead); i++) {
            value = value * 10 + (lexer->lookahead - '0');
            next(lexer);
        }
        if (value > 255) return false;
    } else if (c == 'u') {
        next(lexer);
        if (lexer->lookahead != '{') return false;
        next(lexer);
        uint32_t value = 0;
        bool digits = false;
        while (is_hex(lexer->lookahead)) {
            int32_t d = lexer->lookahead;
            if (value > 0x7FFFFFF) return false;
            value = value * 16 + (uint32_t)(is_digit(d) ? d - '0' : (d | 0x20) - 'a' + 10);
            digits = true;
            next(lexer);
        }
        if (!digits || lexer->lookahead != '}') return false;
        next(lexer);
    } else {
        return false;
    }
    return found(lexer, ESCAPE);
}

static bool quoted(TSLexer *lexer, int32_t quote, unsigned token) {
    if (lexer->lookahead == '\\') return escape(lexer);
    bool any = false;
    while (!lexer->eof(lexer) && lexer->lookahead != quote && lexer->lookahead != '\\' &&
           !is_break(lexer->lookahead)) {
        any = true;
        next(lexer);
    }
    return any && found(lexer, token);
}

void *tree_sitter_echolua_external_scanner_create(void) { return NULL; }

void tree_sitter_echolua_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_echolua_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}

void tree_sitter_echolua_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}

bool tree_sitter_echolua_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    // While the parser recovers from an error everything is valid, and nothing says where we are.
    bool recovering = valid[WRONG];
    if (!recovering && valid[DOUBLE_QUOTED]) return quoted(lexer, '"', DOUBLE_QUOTED);
    if (!recovering && valid[SINGLE_QUOTED]) return quoted(lexer, '\'', SINGLE_QUOTED);
    // Of the first line only: elsewhere a token or a line break comes before.
    if (!recovering && valid[HASH_LINE] && lexer->lookahead == '#' && lexer->get_column(lexer) <= 1) {
        while (!lexer->eof(lexer) && !is_break(lexer->lookahead)) next(lexer);
        return found(lexer, HASH_LINE);
    }
    while (is_space(lexer->lookahead)) lexer->advance(lexer, true);
    int32_t c = lexer->lookahead;
    if (lexer->eof(lexer)) return false;
    if (is_letter(c) || c >= 0x80) return word(lexer);
    if (is_digit(c)) return number(lexer, false);
    if (c == '.') {
        next(lexer);
        return is_digit(lexer->lookahead) && number(lexer, true);
    }
    if (c == '>' && valid[ATTRIBUTE_CLOSE] && !recovering) {
        // `>=` is one sign also after an attribute.
        next(lexer);
        return lexer->lookahead != '=' && lexer->lookahead != '>' && found(lexer, ATTRIBUTE_CLOSE);
    }
    if (c == '-') {
        next(lexer);
        if (lexer->lookahead != '-') return false;
        next(lexer);
        return comment(lexer);
    }
    if (c == '[') {
        unsigned level;
        return long_open(lexer, &level) && found(lexer, long_rest(lexer, level) ? LONG_STRING : WRONG);
    }
    return false;
}
