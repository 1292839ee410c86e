/**
 * The grammar of EchoLua: Lua 5.4 as `compiler/syntax/src/echolua/grammar.lalrpop` has it.
 *
 * Words, numbers, comments and the text of strings come from src/scanner.c, which reads them as
 * the compiler does: as far as they go, and reserved words are reserved everywhere. What the
 * profile of EchoLua leaves out (`goto`, integer division of what is no integer, …) is still
 * syntax, as it is for the compiler.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const LEVEL = {
  or: 1,
  and: 2,
  compare: 3,
  bitor: 4,
  bitxor: 5,
  bitand: 6,
  shift: 7,
  concat: 8,
  sum: 9,
  product: 10,
  unary: 11,
  power: 12,
  call: 13,
};

const KEYWORDS = [
  'and', 'break', 'do', 'else', 'elseif', 'end', 'false', 'for', 'function', 'goto', 'if', 'in',
  'local', 'nil', 'not', 'or', 'repeat', 'return', 'then', 'true', 'until', 'while',
];

const list = (/** @type {RuleOrLiteral} */ item) => seq(item, repeat(seq(',', item)));

module.exports = grammar({
  name: 'echolua',

  // The order is that of `enum Token` in src/scanner.c.
  externals: $ => [
    $.identifier,
    $.number,
    $.comment,
    $._long_string,
    $._double_quoted,
    $._single_quoted,
    $.escape_sequence,
    $.hash_line,
    $._attribute_close,
    $._wrong,
    ...KEYWORDS,
  ],

  extras: $ => [/[ \t\r\n\x0B\x0C]/, $.comment],

  supertypes: $ => [$.statement, $.expression],

  rules: {
    chunk: $ => seq(optional($.hash_line), optional($._statements)),

    block: $ => $._statements,

    _statements: $ => choice(
      seq(repeat1($.statement), optional($.return_statement)),
      $.return_statement,
    ),

    statement: $ => choice(
      $.empty_statement,
      $.break_statement,
      $.goto_statement,
      $.label_statement,
      $.do_statement,
      $.while_statement,
      $.repeat_statement,
      $.if_statement,
      $.numeric_for_statement,
      $.generic_for_statement,
      $.function_declaration,
      $.local_function,
      $.local_declaration,
      $.assignment,
      $.call_statement,
    ),

    empty_statement: _ => ';',
    break_statement: _ => 'break',
    goto_statement: $ => seq('goto', field('label', $.identifier)),
    label_statement: $ => seq('::', field('name', $.identifier), '::'),
    return_statement: $ => seq('return', optional(field('values', $.expression_list)), optional(';')),

    do_statement: $ => seq('do', optional(field('body', $.block)), 'end'),
    while_statement: $ => seq(
      'while', field('condition', $.expression),
      'do', optional(field('body', $.block)), 'end',
    ),
    repeat_statement: $ => seq(
      'repeat', optional(field('body', $.block)), 'until', field('condition', $.expression),
    ),

    if_statement: $ => seq(
      'if', field('condition', $.expression), 'then', optional(field('consequence', $.block)),
      repeat(field('alternative', $.elseif_clause)),
      optional(field('alternative', $.else_clause)),
      'end',
    ),
    elseif_clause: $ => seq(
      'elseif', field('condition', $.expression), 'then', optional(field('consequence', $.block)),
    ),
    else_clause: $ => seq('else', optional(field('body', $.block))),

    numeric_for_statement: $ => seq(
      'for', field('name', $.identifier), '=',
      field('start', $.expression), ',', field('limit', $.expression),
      optional(seq(',', field('step', $.expression))),
      'do', optional(field('body', $.block)), 'end',
    ),
    generic_for_statement: $ => seq(
      'for', field('names', $.name_list), 'in', field('values', $.expression_list),
      'do', optional(field('body', $.block)), 'end',
    ),
    name_list: $ => list($.identifier),

    function_declaration: $ => seq('function', field('name', $.function_name), $._function_body),
    function_name: $ => seq(
      field('name', $.identifier),
      repeat(seq('.', field('field', $.identifier))),
      optional(seq(':', field('method', $.identifier))),
    ),
    local_function: $ => seq('local', 'function', field('name', $.identifier), $._function_body),
    _function_body: $ => seq(
      field('parameters', $.parameters), optional(field('body', $.block)), 'end',
    ),
    parameters: $ => seq(
      '(',
      optional(choice(
        seq(list(field('name', $.identifier)), optional(seq(',', $.vararg))),
        $.vararg,
      )),
      ')',
    ),

    local_declaration: $ => seq(
      'local', field('names', $.attribute_list),
      optional(seq('=', field('values', $.expression_list))),
    ),
    attribute_list: $ => seq($._attributed, repeat(seq(',', $._attributed))),
    _attributed: $ => seq(field('name', $.identifier), optional($.attribute)),
    attribute: $ => seq(
      '<', field('name', $.identifier), alias($._attribute_close, '>'),
    ),

    assignment: $ => seq(field('targets', $.target_list), '=', field('values', $.expression_list)),
    target_list: $ => list($._target),
    _target: $ => choice($.identifier, $.field_expression, $.index_expression),

    call_statement: $ => choice($.call, $.method_call),

    expression_list: $ => list($.expression),

    expression: $ => choice(
      $.nil, $.true, $.false, $.vararg, $.number, $.string,
      $.function_definition,
      $.table,
      $.binary_expression,
      $.unary_expression,
      $._prefix,
    ),

    nil: _ => 'nil',
    true: _ => 'true',
    false: _ => 'false',
    vararg: _ => '...',

    function_definition: $ => seq('function', $._function_body),

    binary_expression: $ => choice(
      ...[
        ['or', LEVEL.or], ['and', LEVEL.and],
        ['<', LEVEL.compare], ['>', LEVEL.compare], ['<=', LEVEL.compare], ['>=', LEVEL.compare],
        ['~=', LEVEL.compare], ['==', LEVEL.compare],
        ['|', LEVEL.bitor], ['~', LEVEL.bitxor], ['&', LEVEL.bitand],
        ['<<', LEVEL.shift], ['>>', LEVEL.shift],
        ['+', LEVEL.sum], ['-', LEVEL.sum],
        ['*', LEVEL.product], ['/', LEVEL.product], ['//', LEVEL.product], ['%', LEVEL.product],
      ].map(([sign, level]) => prec.left(/** @type {number} */ (level), seq(
        field('left', $.expression),
        field('operator', /** @type {string} */ (sign)),
        field('right', $.expression),
      ))),
      ...[['..', LEVEL.concat], ['^', LEVEL.power]].map(([sign, level]) =>
        prec.right(/** @type {number} */ (level), seq(
          field('left', $.expression),
          field('operator', /** @type {string} */ (sign)),
          field('right', $.expression),
        ))),
    ),

    unary_expression: $ => prec(LEVEL.unary, seq(
      field('operator', choice('not', '-', '#', '~')),
      field('operand', $.expression),
    )),

    // What can be called and looked into. After an expression a parenthesis always calls, also on
    // the next line: the precedence says so.
    _prefix: $ => prec(1, choice(
      $.identifier,
      $.parenthesized_expression,
      $.index_expression,
      $.field_expression,
      $.call,
      $.method_call,
    )),
    parenthesized_expression: $ => seq('(', $.expression, ')'),
    index_expression: $ => prec(LEVEL.call, seq(
      field('object', $._prefix), '[', field('key', $.expression), ']',
    )),
    field_expression: $ => prec(LEVEL.call, seq(
      field('object', $._prefix), '.', field('field', $.identifier),
    )),
    call: $ => prec(LEVEL.call, seq(field('function', $._prefix), field('arguments', $.arguments))),
    method_call: $ => prec(LEVEL.call, seq(
      field('object', $._prefix), ':', field('method', $.identifier),
      field('arguments', $.arguments),
    )),
    arguments: $ => choice(
      seq('(', optional(list($.expression)), ')'),
      $.string,
      $.table,
    ),

    table: $ => seq(
      '{',
      optional(seq(
        $._item, repeat(seq(choice(',', ';'), $._item)), optional(choice(',', ';')),
      )),
      '}',
    ),
    _item: $ => choice($.positional_item, $.named_item, $.keyed_item),
    positional_item: $ => field('value', $.expression),
    named_item: $ => seq(field('name', $.identifier), '=', field('value', $.expression)),
    keyed_item: $ => seq('[', field('key', $.expression), ']', '=', field('value', $.expression)),

    string: $ => choice(
      seq('"', repeat(choice($._double_quoted, $.escape_sequence)), token.immediate('"')),
      seq('\'', repeat(choice($._single_quoted, $.escape_sequence)), token.immediate('\'')),
      $._long_string,
    ),
  },
});
