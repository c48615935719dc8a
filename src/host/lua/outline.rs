//! In which line a plugin's table says what: read from the text, since a table does not know where it was written.
//!
//! Only the table after the last `return` is looked at, and only as far as it is written out there. Whoever builds it
//! otherwise is told the line of the first place that names the key, else that of the `return`.

/// A key of a table, or the number of an element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// `key = …`
    Key(String),
    /// The n-th without a key, from 1.
    Item(usize),
}

/// A value in the text: where it begins, and what is in it if it is a table.
#[derive(Debug, Default)]
pub(super) struct Outline {
    line: usize,
    inner: Vec<(Step, Outline)>,
    /// Every word followed by `=`, and its line.
    words: Vec<(String, usize)>,
}

#[derive(Clone, PartialEq, Debug)]
enum Kind {
    Word(String),
    Text(String),
    Sign(char),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    line: usize,
}

impl Outline {
    /// The outline of a file that returns a table.
    pub(super) fn of(code: &str) -> Self {
        let tokens = tokens(code);
        let mut cursor = Cursor { tokens: &tokens, at: 0 };
        let (mut depth, mut begin) = (0, 0);
        while let Some(token) = cursor.peek(0) {
            if depth == 0 && token.kind == Kind::Word("return".to_owned()) {
                begin = cursor.at + 1;
            }
            depth = cursor.depth_after(depth);
            cursor.at += 1;
        }
        cursor.at = begin;
        let mut outline = cursor.value();
        let pairs = tokens.iter().zip(tokens.iter().skip(1));
        outline.words = pairs
            .filter(|(_, next)| next.kind == Kind::Sign('='))
            .filter_map(|(it, _)| match &it.kind {
                Kind::Word(word) => Some((word.clone(), it.line)),
                Kind::Text(_) | Kind::Sign(_) => None,
            })
            .collect();
        outline
    }

    /// The line of what this path leads to, or of the nearest around it that is known.
    pub(super) fn line(&self, path: &[Step]) -> usize {
        let mut here = self;
        for step in path {
            match here.inner.iter().find(|(it, _)| it == step) {
                Some((_, next)) => here = next,
                // What is missing from a table that is written out is told where the table begins.
                None if !here.inner.is_empty() => return here.line.max(1),
                None => {
                    let is_named = |it: &&(String, usize)| matches!(step, Step::Key(key) if *key == it.0);
                    return self.words.iter().find(is_named).map_or(here.line.max(1), |it| it.1);
                }
            }
        }
        here.line.max(1)
    }
}

struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is(&self, ahead: usize, sign: char) -> bool {
        self.peek(ahead).is_some_and(|it| it.kind == Kind::Sign(sign))
    }

    fn value(&mut self) -> Outline {
        let line = self.peek(0).map_or(0, |it| it.line);
        let mut it = Outline { line, ..Outline::default() };
        if self.is(0, '{') {
            self.at += 1;
            it.inner = self.fields();
        }
        self.skip_value();
        it
    }

    /// What is between the braces of a table; the cursor is behind the closing one then.
    fn fields(&mut self) -> Vec<(Step, Outline)> {
        let mut fields = Vec::new();
        let mut n_items = 0;
        while self.peek(0).is_some() && !self.is(0, '}') {
            let line = self.peek(0).map_or(0, |it| it.line);
            let key = self.key();
            let step = key.unwrap_or_else(|| {
                n_items += 1;
                Step::Item(n_items)
            });
            let mut value = self.value();
            value.line = line;
            fields.push((step, value));
            if self.is(0, ',') || self.is(0, ';') {
                self.at += 1;
            }
        }
        self.at += 1;
        fields
    }

    /// The key before a `=`, if there is one.
    fn key(&mut self) -> Option<Step> {
        let (key, n) = match (&self.peek(0)?.kind, self.is(1, '='), self.is(2, ']') && self.is(3, '=')) {
            (Kind::Word(key), true, _) => (key.clone(), 2),
            (Kind::Sign('['), _, true) => match &self.peek(1)?.kind {
                Kind::Text(key) | Kind::Word(key) => (key.clone(), 4),
                Kind::Sign(_) => return None,
            },
            _ => return None,
        };
        self.at += n;
        Some(Step::Key(key))
    }

    /// Goes on to the `,`, `;` or `}` that ends a value: what is in brackets or in a function belongs to it.
    fn skip_value(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.peek(0) {
            if depth == 0 && matches!(token.kind, Kind::Sign(',' | ';' | '}')) {
                return;
            }
            depth = self.depth_after(depth);
            self.at += 1;
        }
    }

    /// How deep in brackets and blocks what follows the present token is.
    fn depth_after(&self, depth: usize) -> usize {
        let is_open = match self.peek(0).map(|it| &it.kind) {
            Some(Kind::Sign('(' | '[' | '{')) => true,
            Some(Kind::Sign(')' | ']' | '}')) => false,
            // A loop's `do` is its block; `if` is one unless it is an expression, which stands behind a sign.
            Some(Kind::Word(word)) => match word.as_str() {
                "function" | "do" | "repeat" => true,
                "if" if !self.is_expression() => true,
                "end" | "until" => false,
                _ => return depth,
            },
            Some(Kind::Sign(_) | Kind::Text(_)) | None => return depth,
        };
        if is_open { depth + 1 } else { depth.saturating_sub(1) }
    }

    fn is_expression(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|it| self.tokens.get(it)).map(|it| &it.kind);
        match before {
            Some(Kind::Sign(sign)) => *sign != ')' && *sign != ';' && *sign != '}' && *sign != ']',
            Some(Kind::Word(word)) => matches!(word.as_str(), "return" | "and" | "or" | "not"),
            Some(Kind::Text(_)) | None => false,
        }
    }
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = code;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (kind, n_bytes) = token(rest, first);
        tokens.extend(kind.map(|kind| Token { kind, line }));
        let (taken, left) = rest.split_at_checked(n_bytes).unwrap_or((rest, ""));
        line += taken.matches('\n').count();
        rest = left;
    }
    tokens
}

/// The token that a text begins with, none for blanks and comments, and how long it is.
fn token(rest: &str, first: char) -> (Option<Kind>, usize) {
    let after = |n: usize| rest.get(n..).unwrap_or_default();
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    match first {
        '-' if rest.starts_with("--") => match long_bracket(after(2)) {
            Some(n) => (None, n + 2),
            None => (None, rest.find('\n').unwrap_or(rest.len())),
        },
        '[' if long_bracket(rest).is_some() => (Some(Kind::Text(String::new())), long_bracket(rest).unwrap_or(1)),
        '"' | '\'' | '`' => {
            let n = quoted(rest, first);
            let inner = rest.get(1..n.saturating_sub(1)).unwrap_or_default();
            (Some(Kind::Text(inner.to_owned())), n)
        }
        it if is_word(it) => {
            let n = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            (Some(Kind::Word(rest.get(..n).unwrap_or_default().to_owned())), n)
        }
        '=' | '~' | '<' | '>' if after(1).starts_with('=') => (Some(Kind::Sign('~')), 2),
        it if it.is_whitespace() => (None, it.len_utf8()),
        it => (Some(Kind::Sign(it)), it.len_utf8()),
    }
}

/// How long `[[…]]` or `[=[…]=]` is, if the text begins with one.
fn long_bracket(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let level = inner.chars().take_while(|it| *it == '=').count();
    let body = inner.get(level..)?.strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    Some(body.find(&close).map_or(text.len(), |at| at + 2 * close.len()))
}

/// How long a text in quotes is, both quotes included.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, it) in text.char_indices().skip(1) {
        if !is_escaped && (it == quote || it == '\n' && quote != '`') {
            return at + it.len_utf8();
        }
        is_escaped = it == '\\' && !is_escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = r#"-- a comment with return { name = 1 }
local function help()
  local x = if true then 1 else 2
  return { name = "not this" }
end
return {
  name = "hello", api = 1, -- { }
  ["description"] = [[
    several lines }]],
  commands = {
    { name = "hello",
      run = function(cx) if cx.nick then for i = 1, 2 do print("}") end end end,
      levl = 3 },
    { "x", name = "two" },
  },
  every = {
    ["10m"] = function(cx) local y = if cx then 1 else 2 repeat until true return { a = 1 } end,
  },
  last = 1,
}
"#;

    #[test]
    fn every_place_of_a_table_has_its_line() {
        let outline = Outline::of(CODE);
        let check = |steps: &[&str], line| {
            let step = |it: &&str| it.parse().map_or_else(|_| Step::Key((*it).to_owned()), Step::Item);
            let path: Vec<Step> = steps.iter().map(step).collect();
            assert_eq!(outline.line(&path), line, "{steps:?}");
        };
        check(&[], 6);
        check(&["name"], 7);
        check(&["description"], 8);
        check(&["commands"], 10);
        check(&["commands", "1", "run"], 12);
        check(&["commands", "1", "levl"], 13);
        check(&["commands", "2"], 14);
        check(&["commands", "2", "1"], 14);
        check(&["commands", "2", "missing"], 14);
        check(&["every", "10m"], 17);
        check(&["last"], 19);
        check(&["missing"], 6);
    }

    #[test]
    fn a_table_built_elsewhere_has_the_line_of_its_key() {
        let outline = Outline::of("local it = {}\nit.name = 'x'\nit.comands = {}\nreturn it\n");
        assert_eq!(outline.line(&[Step::Key("comands".to_owned())]), 3);
        assert_eq!(outline.line(&[Step::Key("api".to_owned())]), 4);
    }

    #[test]
    fn nothing_of_any_text_is_fatal() {
        for code in ["", "return", "return {", "return { [", "return { a = [[", "\"", "return { } } }", "--[[", "= = ="]
        {
            Outline::of(code).line(&[Step::Item(1)]);
        }
    }
}
