//! Letters that look like others: what each is read as.
//!
//! A table of our own, for the letters that spam is written with: Cyrillic, Greek, Armenian, Cherokee, Lisu, small
//! capitals and such. Which looks like which follows UTS #39 (confusables.txt, Unicode 16), for both cases of a letter,
//! since texts are compared case folded. Compatibility forms (full width, circled, mathematical letters) are not here:
//! the normal form takes care of them.

/// What a letter in lower case is read as; itself, if it looks like none of a-z.
pub(crate) const fn read_as(c: char) -> char {
    match c {
        '\0'..='\u{7f}' => c,
        '\u{370}'..='\u{3ff}' => greek(c),
        '\u{400}'..='\u{52f}' => cyrillic(c),
        _ => other(c),
    }
}

const fn greek(c: char) -> char {
    match c {
        'α' => 'a',
        'β' => 'b',
        'ϲ' | 'ς' => 'c',
        'ε' => 'e',
        'η' => 'n',
        'ι' | 'ϊ' => 'i',
        'ϳ' => 'j',
        'κ' => 'k',
        'μ' => 'm',
        'ν' => 'v',
        'ο' | 'σ' => 'o',
        'ρ' => 'p',
        'τ' => 't',
        'υ' | 'ϋ' => 'u',
        'ω' => 'w',
        'χ' => 'x',
        'γ' => 'y',
        'ζ' => 'z',
        _ => c,
    }
}

const fn cyrillic(c: char) -> char {
    match c {
        'а' | 'ӑ' | 'ӓ' => 'a',
        'в' => 'b',
        'с' | 'ҫ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'ѐ' | 'ӗ' | 'є' => 'e',
        'ԍ' => 'g',
        'н' | 'һ' | 'ң' => 'h',
        'і' | 'ї' => 'i',
        'ј' => 'j',
        'к' | 'қ' | 'ќ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'п' => 'n',
        'о' | 'ӧ' => 'o',
        'р' => 'p',
        'ԛ' => 'q',
        'г' | 'ѓ' => 'r',
        'ѕ' => 's',
        'т' => 't',
        'ѵ' => 'v',
        'ԝ' | 'ш' => 'w',
        'х' | 'ҳ' => 'x',
        'у' | 'ў' | 'ү' => 'y',
        'й' | 'ѝ' => 'и',
        _ => c,
    }
}

const fn other(c: char) -> char {
    match c {
        'ɑ' | 'ᴀ' | 'ꭺ' | 'ɐ' | 'ꓮ' | 'Ꭺ' | 'æ' => 'a',
        'ʙ' | 'ꮟ' | 'Ᏼ' | 'ꓐ' | 'ƀ' | 'ɓ' => 'b',
        'ᴄ' | 'Ꮯ' | 'ꓚ' | 'ƈ' | 'ↄ' => 'c',
        'ᴅ' | 'Ꭰ' | 'ꓓ' | 'đ' | 'ɖ' | 'ɗ' | 'ծ' => 'd',
        'ᴇ' | 'Ꭼ' | 'ꓰ' | 'ҽ' | 'ɛ' | 'ə' | '℮' => 'e',
        'ꜰ' | 'ꓝ' | 'ƒ' | 'ք' => 'f',
        'ɢ' | 'ɡ' | 'Ꮐ' | 'ꓖ' | 'ց' | 'ɠ' => 'g',
        'ʜ' | 'Ꮋ' | 'ꓧ' | 'հ' | 'ħ' | 'ɦ' => 'h',
        'ɪ' | 'ı' | 'Ꭵ' | 'ꭵ' | 'ɩ' | 'ɨ' | 'ւ' => 'i',
        'ᴊ' | 'Ꭻ' | 'ꓙ' | 'յ' | 'ʝ' => 'j',
        'ᴋ' | 'Ꮶ' | 'ꓗ' | 'ƙ' => 'k',
        'ʟ' | 'Ꮮ' | 'ꓡ' | 'ǀ' | 'ł' | 'ɭ' => 'l',
        'ᴍ' | 'Ꮇ' | 'ꓟ' | 'ɱ' => 'm',
        'ɴ' | 'ꓠ' | 'ո' | 'ռ' | 'ŋ' | 'ɲ' => 'n',
        'ᴏ' | 'ꓳ' | 'օ' | 'ø' | 'ɵ' | 'ഠ' | 'ဝ' => 'o',
        'ᴘ' | 'Ꮲ' | 'ꓑ' | 'þ' => 'p',
        'ʠ' | 'զ' => 'q',
        'ʀ' | 'Ꭱ' | 'ꓣ' | 'ɾ' | 'ɼ' => 'r',
        'ꜱ' | 'Ꮪ' | 'ꓢ' | 'ʂ' => 's',
        'ᴛ' | 'Ꭲ' | 'ꓔ' | 'ŧ' | 'ƭ' => 't',
        'ᴜ' | 'ꓴ' | 'ս' | 'ʊ' => 'u',
        'ᴠ' | 'Ꮩ' | 'ꓦ' | 'ʋ' => 'v',
        'ᴡ' | 'Ꮃ' | 'ꓪ' | 'ա' | 'ɯ' => 'w',
        'ꓫ' => 'x',
        'ʏ' | 'ꓬ' | 'ƴ' | 'ɣ' => 'y',
        'ᴢ' | 'Ꮓ' | 'ꓜ' | 'ʐ' | 'ƶ' => 'z',
        'ß' => 's',
        _ => c,
    }
}

/// Whether a Cyrillic or Greek letter in lower case passes for one of a-z at a glance. Stricter than [`read_as`]:
/// nobody takes a `ш` for a `w` unless the whole word says so.
pub(crate) const fn passes_for_latin(c: char) -> bool {
    matches!(
        c,
        'а' | 'е'
            | 'о'
            | 'р'
            | 'с'
            | 'у'
            | 'х'
            | 'і'
            | 'ј'
            | 'ѕ'
            | 'ԁ'
            | 'һ'
            | 'ԛ'
            | 'ԝ'
            | 'ӏ'
            | 'к'
            | 'м'
            | 'т'
    ) || matches!(c, 'в' | 'н' | 'ο' | 'α' | 'ρ' | 'υ' | 'ν' | 'ι' | 'κ' | 'χ' | 'τ' | 'ϲ' | 'ϳ')
}

/// Whether it is a letter of a-z that passes for a Cyrillic one at a glance.
pub(crate) const fn passes_for_cyrillic(c: char) -> bool {
    matches!(c, 'a' | 'c' | 'e' | 'o' | 'p' | 'x' | 'y' | 'k' | 'm' | 't' | 'b' | 'h' | 'i')
}
