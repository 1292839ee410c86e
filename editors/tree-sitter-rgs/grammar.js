/**
 * The grammar of policies (`.rgs`, Rego version 1), as `compiler/syntax/src/rgs` reads them.
 *
 * A line break ends a statement or a rule when what follows can begin one; src/scanner.c decides
 * that, as the compiler's layout pass does, and gives the token `_newline`. It also tells the brace
 * of a body after `if` from that of a set or an object, and a name from a reserved word.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

const LEVEL = { member: 1, compare: 2, union: 3, intersect: 4, sum: 5, product: 6 };

const KEYWORDS = [
  'as', 'contains', 'default', 'else', 'every', 'false', 'if', 'import', 'in', 'not', 'null',
  'package', 'some', 'true', 'with',
];

const list = (/** @type {RuleOrLiteral} */ item) => seq(item, repeat(seq(',', item)));

module.exports = grammar({
  name: 'rgs',

  // The order is that of `enum Token` in src/scanner.c.
  externals: $ => [
    $.identifier,
    $.number,
    $._newline,
    $._body_open,
    $._quoted,
    $._template_quoted,
    $._template_raw,
    $.escape_sequence,
    $._template_escape,
    $._wrong,
    ...KEYWORDS,
  ],

  extras: $ => [/[ \t\r\n\x0B\x0C]/, $.comment],

  conflicts: $ => [
    // `some x, y` declares, `some x, y in z` takes apart.
    [$.some_declaration, $._base],
    // `{x | y}` collects, `{x | y, z}` joins sets.
    [$.expression, $.array_comprehension],
    [$.expression, $.set_comprehension],
    [$.expression, $.object_comprehension],
    [$.expression, $._if_set],
  ],

  supertypes: $ => [$.expression],

  rules: {
    // First the package, then the imports, then the rules; a piece of a policy may lack any of them.
    source_file: $ => optional(choice(
      $.package,
      seq(optional(seq($.package, $._newline)), repeat(seq($.import, $._newline)), $.import),
      seq(
        optional(seq($.package, $._newline)),
        repeat(seq($.import, $._newline)), repeat(seq($.rule, $._newline)), $.rule,
      ),
    )),

    comment: _ => /#[^\r\n]*/,

    package: $ => seq('package', field('path', $.path)),
    import: $ => seq(
      'import', field('path', $.path), optional(seq('as', field('alias', $.identifier))),
    ),
    path: $ => seq(
      field('name', $.identifier),
      repeat(choice(
        $._field,
        seq(token.immediate('['), field('key', choice($.string, $.raw_string)), ']'),
      )),
    ),

    // Rules.

    rule: $ => choice(
      seq('default', field('head', $.head), choice($._assigned, $._contained)),
      seq(
        field('head', $.head), choice($._assigned, $._contained),
        optional($._condition), repeat(field('alternative', $.else_clause)),
      ),
      seq(field('head', $.head), $._condition, repeat(field('alternative', $.else_clause))),
      seq(field('head', $.head), repeat1(field('alternative', $.else_clause))),
    ),
    head: $ => seq(
      field('name', $.identifier), repeat($._step), optional(field('parameters', $.parameters)),
    ),
    parameters: $ => seq(token.immediate('('), optional($._list), ')'),
    _assigned: $ => seq(choice(':=', '='), field('value', $._wide)),
    _contained: $ => seq('contains', field('member', $._wide)),
    _condition: $ => seq('if', field('condition', choice($.body, alias($._bare, $.literal)))),
    else_clause: $ => choice(
      seq('else', $._assigned, optional($._condition)),
      seq('else', $._condition),
    ),

    // Bodies.

    body: $ => seq(alias($._body_open, '{'), $._literals, '}'),
    _braced: $ => seq('{', $._literals, '}'),
    _literals: $ => seq($.literal, repeat(seq(choice(';', $._newline), $.literal))),

    literal: $ => seq($._statement, repeat($.with)),
    // After `if` a brace opens a body, but a comprehension is one also there.
    _bare: $ => choice(
      seq($._statement, repeat($.with)),
      prec.dynamic(1, seq(
        choice(
          alias($._if_set, $.set_comprehension),
          alias($._if_object, $.object_comprehension),
        ),
        repeat($.with),
      )),
    ),
    _statement: $ => choice(
      $._equation,
      $.negation,
      $.some_declaration,
      $.some_in,
      $.every,
    ),
    _equation: $ => choice(
      $._wide,
      alias($._assignment, $.binary_expression),
      alias($._unification, $.binary_expression),
    ),
    _assignment: $ => seq(field('left', $._wide), field('operator', ':='), field('right', $._wide)),
    _unification: $ => seq(field('left', $._wide), field('operator', '='), field('right', $._wide)),
    negation: $ => seq('not', choice($._wide, alias($._unification, $.binary_expression))),
    some_declaration: $ => seq('some', list(field('name', $.identifier))),
    some_in: $ => seq(
      'some', optional(seq(field('key', $.expression), ',')), field('value', $.expression),
      'in', field('collection', $.expression),
    ),
    every: $ => seq(
      'every', optional(seq(field('key', $.identifier), ',')), field('value', $.identifier),
      'in', field('collection', $.expression), field('body', alias($._braced, $.body)),
    ),
    with: $ => seq('with', field('target', choice($.identifier, $.ref)), 'as', field('value', $._wide)),

    // Expressions. `_wide` stands where no list could take the comma of `k, v in c`.

    _wide: $ => choice($._narrow, alias($._keyed, $.membership)),
    _keyed: $ => choice(
      prec(LEVEL.member, seq(
        field('key', $.expression), ',', field('value', $.expression),
        'in', field('collection', $.expression),
      )),
      prec.left(LEVEL.member, seq(
        field('value', alias($._keyed, $.membership)), 'in', field('collection', $.expression),
      )),
    ),
    _narrow: $ => choice($.expression, $.membership),
    membership: $ => prec.left(LEVEL.member, seq(
      field('value', $._narrow), 'in', field('collection', $.expression),
    )),

    expression: $ => choice($.binary_expression, $._term),
    _term: $ => choice($.negative_number, $._primary),

    binary_expression: $ => choice(...[
      ['==', LEVEL.compare], ['!=', LEVEL.compare], ['<', LEVEL.compare], ['<=', LEVEL.compare],
      ['>', LEVEL.compare], ['>=', LEVEL.compare],
      ['|', LEVEL.union], ['&', LEVEL.intersect],
      ['+', LEVEL.sum], ['-', LEVEL.sum],
      ['*', LEVEL.product], ['/', LEVEL.product], ['%', LEVEL.product],
    ].map(([sign, level]) => prec.left(/** @type {number} */ (level), seq(
      field('left', $.expression),
      field('operator', /** @type {string} */ (sign)),
      field('right', $.expression),
    )))),

    negative_number: $ => seq('-', $.number),

    _primary: $ => choice(
      $.null, $.true, $.false, $.number, $.string, $.raw_string, $.template,
      $._base,
      $.ref,
    ),
    null: _ => 'null',
    true: _ => 'true',
    false: _ => 'false',

    // What can be looked into.
    _base: $ => choice(
      $.identifier,
      $.call,
      $.parenthesized_expression,
      $.array,
      $.set,
      $.object,
      $.array_comprehension,
      $.set_comprehension,
      $.object_comprehension,
    ),
    ref: $ => prec.left(seq(field('base', $._base), repeat1($._step))),
    _step: $ => choice($._field, seq(token.immediate('['), field('key', $._wide), ']')),
    _field: $ => seq(token.immediate('.'), field('field', alias($._field_name, $.field))),
    _field_name: _ => token.immediate(/[A-Za-z_][A-Za-z0-9_]*/),

    call: $ => seq(field('function', choice($.identifier, $.ref)), field('arguments', $.arguments)),
    arguments: $ => seq(token.immediate('('), optional($._list), ')'),
    _list: $ => seq(list($._narrow), optional(',')),

    parenthesized_expression: $ => seq('(', $._wide, ')'),
    array: $ => seq('[', optional($._list), ']'),
    set: $ => seq('{', $._list, '}'),
    object: $ => seq('{', optional(seq(list($.pair), optional(','))), '}'),
    pair: $ => seq(field('key', $._narrow), ':', field('value', $._narrow)),

    // A comprehension collects one term; `|` after more than that joins sets.
    array_comprehension: $ => prec.dynamic(1, seq('[', field('value', $._term), '|', $._collected, ']')),
    set_comprehension: $ => prec.dynamic(1, seq('{', field('value', $._term), '|', $._collected, '}')),
    object_comprehension: $ => prec.dynamic(1, seq(
      '{', field('key', $._narrow), ':', field('value', $._term), '|', $._collected, '}',
    )),
    _if_set: $ => prec.dynamic(1, seq(
      alias($._body_open, '{'), field('value', $._term), '|', $._collected, '}',
    )),
    _if_object: $ => prec.dynamic(1, seq(
      alias($._body_open, '{'), field('key', $._narrow), ':', field('value', $._term),
      '|', $._collected, '}',
    )),
    _collected: $ => field('body', alias($._literals, $.body)),

    // Text.

    string: $ => seq('"', repeat(choice($._quoted, $.escape_sequence)), token.immediate('"')),
    raw_string: _ => /`[^`]*`/,
    template: $ => choice(
      seq(
        '$"',
        repeat(choice(
          $._template_quoted, $.escape_sequence, alias($._template_escape, $.escape_sequence),
          $.interpolation,
        )),
        token.immediate('"'),
      ),
      seq(
        '$`',
        repeat(choice(
          $._template_raw, alias($._template_escape, $.escape_sequence), $.interpolation,
        )),
        token.immediate('`'),
      ),
    ),
    interpolation: $ => seq(token.immediate('{'), $._wide, repeat($.with), '}'),
  },
});
