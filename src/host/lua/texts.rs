//! `cx.text`, `cx.toml`, `cx.base64`: what is done with texts of people and of files, each in one pass.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domovoi_plugin::Nick;
use mlua::{Error, Lua, LuaString, Result, Table, Value};
use serde_json::{Map, Value as Json};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::{shown, value::to_lua};

/// The longest text of people.
const MAX_TEXT: usize = 256 * 1024;
/// The longest TOML: reading it takes memory that the VM's limit does not count.
const MAX_TOML: usize = 256 * 1024;
/// The most bytes that are packed or unpacked at once.
const MAX_BYTES: usize = 8 << 20;

/// `cx.text`.
pub(super) fn text_table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("fold", lua.create_function(|_, text: LuaString| Ok(fold(&words(&text)?)))?)?;
    table.raw_set("lower", lua.create_function(|_, text: LuaString| Ok(words(&text)?.to_lowercase()))?)?;
    table.raw_set("upper", lua.create_function(|_, text: LuaString| Ok(words(&text)?.to_uppercase()))?)?;
    table.raw_set("len", lua.create_function(|_, text: LuaString| Ok(words(&text)?.chars().count()))?)?;
    let cut = |_: &Lua, (text, most): (LuaString, f64)| Ok(cut(&words(&text)?, most));
    table.raw_set("cut", lua.create_function(cut)?)?;
    let key = |_: &Lua, text: LuaString| Ok(shown::key(&fold(&words(&text)?)));
    table.raw_set("key", lua.create_function(key)?)?;
    let plain = |_: &Lua, (text, most): (LuaString, Option<f64>)| Ok(shown::plain(&words(&text)?, most));
    table.raw_set("plain", lua.create_function(plain)?)?;
    let name = |_: &Lua, (nick, most): (LuaString, Option<f64>)| {
        Ok(Nick::addressed(&shown::plain(&words(&nick)?, most)).into_owned())
    };
    table.raw_set("name", lua.create_function(name)?)?;
    Ok(table)
}

/// What is no UTF-8 in it becomes U+FFFD.
fn words(text: &LuaString) -> Result<String> {
    if MAX_TEXT < text.as_bytes().len() {
        return Err(Error::runtime(format!("a text has at most {} KiB here", MAX_TEXT >> 10)));
    }
    Ok(text.to_string_lossy())
}

/// The form in which two texts are compared: without case, accents on Latin letters, and compatibility forms; `ё` is
/// `е`, `й` stays, `ß` is `ss`.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // By way of capitals, so that letters with several small forms come to one.
    let cased = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut base = ' ';
    for c in cased.nfc() {
        if is_combining_mark(c) && base.is_ascii_alphabetic() {
            continue;
        }
        let first = std::iter::once(c).nfd().next().unwrap_or(c);
        base = if c == 'ё' || first.is_ascii_alphabetic() { first } else { c };
        out.push(base);
    }
    out
}

/// At most so many characters; `…` stands for what was cut off.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates, as is meant here")]
fn cut(text: &str, most: f64) -> String {
    let most = most as usize;
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    if most == 0 { String::new() } else { format!("{}…", head.trim_end()) }
}

/// `cx.toml`.
pub(super) fn toml_table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    let decode = |lua: &Lua, text: LuaString| {
        if MAX_TOML < text.as_bytes().len() {
            return Err(Error::runtime(format!("a TOML text has at most {} KiB", MAX_TOML >> 10)));
        }
        let text = text.to_str().map_err(|_| Error::runtime("this is no TOML: it is no UTF-8"))?;
        let read = text.parse::<toml::Table>().map_err(|error| {
            let line = error.span().and_then(|it| text.get(..it.start)).map_or(1, |it| it.matches('\n').count() + 1);
            Error::runtime(format!("this is no TOML: line {line}: {}", error.message()))
        })?;
        to_lua(lua, &json_of_table(read))
    };
    table.raw_set("decode", lua.create_function(decode)?)?;
    Ok(table)
}

fn json_of_table(table: toml::Table) -> Json {
    Json::Object(table.into_iter().map(|(key, value)| (key, json_of(value))).collect::<Map<_, _>>())
}

/// Instants and days become texts, as they are written.
fn json_of(value: toml::Value) -> Json {
    match value {
        toml::Value::String(text) => Json::from(text),
        toml::Value::Integer(number) => Json::from(number),
        toml::Value::Float(number) => Json::from(number),
        toml::Value::Boolean(flag) => Json::from(flag),
        toml::Value::Datetime(at) => Json::from(at.to_string()),
        toml::Value::Array(items) => Json::Array(items.into_iter().map(json_of).collect()),
        toml::Value::Table(table) => json_of_table(table),
    }
}

/// `cx.base64`.
pub(super) fn base64_table(lua: &Lua) -> Result<Table> {
    let table = lua.create_table()?;
    let encode = |_: &Lua, bytes: LuaString| {
        small(&bytes)?;
        Ok(STANDARD.encode(bytes.as_bytes()))
    };
    table.raw_set("encode", lua.create_function(encode)?)?;
    let decode = |lua: &Lua, text: LuaString| {
        small(&text)?;
        let bytes = STANDARD.decode(text.as_bytes());
        let bytes = bytes.map_err(|_| Error::runtime("this is no base64"))?;
        Ok(Value::String(lua.create_string(bytes)?))
    };
    table.raw_set("decode", lua.create_function(decode)?)?;
    Ok(table)
}

fn small(bytes: &LuaString) -> Result<()> {
    // Packed they are a third longer.
    if MAX_BYTES / 3 * 4 + 4 < bytes.as_bytes().len() {
        return Err(Error::runtime(format!("at most {} MiB at once", MAX_BYTES >> 20)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_the_same_to_people_fold_to_one() {
        for (text, expected) in [
            ("Hello", "hello"),
            ("CAFÉ", "cafe"),
            ("cafe\u{301}", "cafe"),
            ("Straße", "strasse"),
            ("ΣΟΦΌΣ", "σοφόσ"),
            ("ЁЖИК Йод", "ежик йод"),
            ("ｆｕｌｌ ﬁ", "full fi"),
            ("日本", "日本"),
            ("Łódź", "łodz"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
        assert_eq!(cut("привет", 6.0), "привет");
        assert_eq!(cut("привет", 4.0), "при…");
        assert_eq!(cut("привет", 0.0), "");
        assert_eq!(cut("привет", -1.0), "");
    }

    #[test]
    fn toml_and_base64_are_read() {
        let lua = Lua::new();
        lua.globals().set("toml", toml_table(&lua).unwrap()).unwrap();
        lua.globals().set("base64", base64_table(&lua).unwrap()).unwrap();
        let code = r#"
            local t = toml.decode('a = 1\n[b]\nc = ["x", "y"]\nd = 2026-11-22\ne = 1.5\nf = true')
            assert(t.a == 1 and t.b.c[2] == "y" and t.b.d == "2026-11-22" and t.b.e == 1.5 and t.b.f == true)
            local ok, why = pcall(toml.decode, "a = 1\nb = ")
            assert(not ok and tostring(why):find("this is no TOML: line 2", 1, true), why)
            assert(not pcall(toml.decode, ("a = [" ):rep(1) .. ("["):rep(50000)))
            assert(base64.encode("\255\0a") == "/wBh" and base64.decode("/wBh") == "\255\0a")
            assert(not pcall(base64.decode, "?"))
        "#;
        lua.load(code).exec().unwrap();
    }
}
