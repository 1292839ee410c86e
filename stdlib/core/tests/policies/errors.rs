//! What strict rules say.

use crate::lab::Lab;

#[test]
fn errors_name_the_operand_and_what_it_is() {
    let mut lab = Lab { strict: true, ..Lab::default() };
    for (expression, want) in [
        ("count(null)", "eval_type_error: count: operand 1 must be one of {string, array, object, set} but got null"),
        ("array.reverse({})", "eval_type_error: array.reverse: operand 1 must be array but got object"),
        ("object.get(\"a\", [], 1)", "eval_type_error: object.get: operand 1 must be object but got string"),
        ("sum([1, \"a\"])", "eval_type_error: sum: operand 1 must be array of numbers but got array containing string"),
        (
            "bits.lsh(7, -1)",
            "eval_type_error: bits.lsh: operand 2 must be an unsigned integer number but got a negative integer",
        ),
        (
            "bits.and(1.5, 1)",
            "eval_type_error: bits.and: operand 1 must be integer number but got floating-point number",
        ),
        ("div(1, 0)", "eval_builtin_error: div: divide by zero"),
        ("rem(1, 0)", "eval_builtin_error: rem: modulo by zero"),
        ("rem(1.5, 1)", "eval_builtin_error: rem: modulo on floating-point number"),
        ("minus({1}, 1)", "eval_type_error: minus: operand 2 must be set but got number"),
        ("minus(1, {1})", "eval_type_error: minus: operand 2 must be number but got set"),
        ("numbers.range_step(0, 10, -2)", "eval_builtin_error: numbers.range_step: step must be a positive integer"),
        (
            "strings.any_prefix_match([1], \"a\")",
            "eval_type_error: strings.any_prefix_match: operand 1 must be array of strings but got array containing number",
        ),
        ("to_number(\"-Inf\")", "eval_type_error: to_number: operand 1 must be valid number string but got string"),
        ("to_number(\"x\")", "eval_builtin_error: to_number: \"x\": not a number"),
        (
            "json.remove({}, {1})",
            "eval_type_error: json.remove: operand 2 must be one of {set, array} containing string paths or array of path segments but got number",
        ),
        (
            "json.marshal_with_options([], {\"x\": 1})",
            "eval_type_error: json.marshal_with_options: operand 2 object contained unknown key \"x\"",
        ),
        ("substring(\"a\", -1, 1)", "eval_builtin_error: substring: negative offset"),
        (
            "regex.match(\"a{2000}\", \"\")",
            "eval_builtin_error: regex.match: error parsing regexp: invalid repeat count: {2000}: \"a{2000}\"",
        ),
        (
            "regex.match(\"((a{99}){99}){99}\", \"\")",
            "eval_builtin_error: regex.match: error parsing regexp: the pattern is too large: \"((a{99}){99}){99}\"",
        ),
        (
            "regex.globs_match(\"pqrs]\", \"a\")",
            "eval_builtin_error: regex.globs_match: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid",
        ),
        ("base64.decode(\"a\")", "eval_builtin_error: base64.decode: illegal base64 data at input byte 1"),
        // No result, but no error either.
        ("max([])", "undefined"),
        ("json.patch([], [{\"op\": \"remove\", \"path\": \"0\"}])", "undefined"),
    ] {
        assert_eq!(lab.show(expression), want, "{expression}");
    }
}
