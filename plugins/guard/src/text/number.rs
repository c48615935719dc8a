//! Phone numbers, as people write them.

/// A phone number, which may be spread over words.
#[derive(Debug, Default)]
pub(super) struct Number(String);

impl Number {
    /// Reads the next word; gives a number as long as it is long enough to be one.
    pub(super) fn read(&mut self, raw: &str) -> Option<String> {
        // Most words are none, and are done with here.
        if self.0.is_empty() && !raw.starts_with(|c: char| c == '+' || c.is_ascii_digit()) {
            return None;
        }
        let word = raw.trim_end_matches(['!', '?', ',', '.', ';', ':']);
        let is_part = |b: u8| b.is_ascii_digit() || b"+-()Oo".contains(&b);
        // Columns of numbers have signs of their own.
        let is_signed = !self.0.is_empty() && 1 < word.len() && word.starts_with(['+', '-']);
        if is_signed || word.is_empty() || !word.bytes().all(is_part) || (self.0.is_empty() && !begins_number(word)) {
            self.0.clear();
            return None;
        }
        self.0.extend(word.bytes().filter_map(|b| match b {
            b'0'..=b'9' => Some(char::from(b)),
            b'O' | b'o' => Some('0'),
            _ => None,
        }));
        let number = (10..=15).contains(&self.0.len()).then(|| self.0.clone());
        if word.len() < raw.len() {
            self.0.clear();
        }
        number
    }
}

/// With a country's code, or as numbers are written in Russia; not dates, versions, times or addresses.
fn begins_number(word: &str) -> bool {
    let n_digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_offset = |it: &str| it.len() == 4 && it.starts_with('0');
    let is_country = |it: &str| it.starts_with(|c: char| c.is_ascii_digit() || c == 'O') && !is_offset(it);
    let is_international = word.strip_prefix('+').is_some_and(is_country);
    let is_whole = n_digits == word.len();
    let is_of_russia = n_digits == 11 && ["79", "88", "89"].iter().any(|it| word.starts_with(it));
    let is_dialled = (12..=15).contains(&n_digits) && word.starts_with("00");
    let is_bracketed = ["8(", "8-8", "8-9"].iter().any(|it| word.starts_with(it));
    is_international || is_bracketed || (is_whole && (is_of_russia || is_dialled))
}
