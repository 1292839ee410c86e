//! As much of Markdown as the tests need: marked tables and fenced code blocks.

/// A fenced code block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fence {
    /// The line of its first fence, from 1.
    pub line: usize,
    /// What follows the backticks: `lua,refused=E0107`.
    pub info: String,
    /// What is inside, each line with its newline.
    pub text: String,
}

/// The code blocks of a page, in order.
pub fn fences(page: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Fence { line: at + 1, info: info.trim().to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(fence), None) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// A row of a table: its line, from 1, and its cells.
pub type Row = (usize, Vec<String>);

/// The rows of the table between `<!-- map: NAME -->` and the next `<!-- map: end -->`,
/// without its heading.
pub fn marked_table(page: &str, name: &str) -> Vec<Row> {
    let begin = format!("<!-- map: {name} -->");
    page.lines()
        .enumerate()
        .skip_while(|(_, line)| line.trim() != begin)
        .skip(1)
        .take_while(|(_, line)| line.trim() != "<!-- map: end -->")
        .filter(|(_, line)| line.starts_with('|'))
        .skip(2)
        .map(|(at, line)| (at + 1, cells(line)))
        .collect()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// The words in backticks in a cell.
pub fn code_words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{code_words, fences, marked_table};

    #[test]
    fn a_fence_keeps_its_place_and_info() {
        let found = fences("a\n```lua,refused=E0107\npairs(t)\n```\n```\nx\n```\n");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, found[0].info.as_str()), (2, "lua,refused=E0107"));
        assert_eq!(found[0].text, "pairs(t)\n");
    }

    #[test]
    fn a_marked_table_gives_rows_and_words() {
        let page =
            "<!-- map: rooms -->\n\n| room | uses |\n| --- | --- |\n| `a/b` | `x` `y` |\n<!-- map: end -->\n| `no` |\n";
        let rows = marked_table(page, "rooms");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].0, 5);
        assert_eq!(code_words(&rows[0].1[1]), ["x", "y"]);
    }
}
