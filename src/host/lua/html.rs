//! `cx.html`: pages of strangers, read as browsers read them and asked by CSS selectors.
//!
//! What a stranger wrote may be made to cost much: so a page is read piece by piece, and between the pieces the time, the
//! number of nodes and their depth are looked at. A page that is too large or too deep ends there; what was read of it
//! is whole. Pages live outside the VM's memory, so what they take there is counted.

use std::{cell::Cell, rc::Rc};

use ego_tree::NodeRef;
use html5ever::{
    driver::{self, ParseOpts, Parser},
    tendril::{StrTendril, TendrilSink as _},
};
use mlua::{Error, Lua, MetaMethod, Result, Table, UserData, UserDataMethods, Value};
use scraper::{ElementRef, Html, HtmlTreeSink, Node, Selector};

use super::meter::Meter;

/// So much of a page is read.
const MAX_TEXT: usize = 1 << 20;
/// In pieces of this size.
const PIECE: usize = 512;
/// A page has at most about so many elements, texts and comments.
const MAX_NODES: usize = 30_000;
/// And takes at most about so many bytes.
const MAX_PAGE: usize = 10 << 20;
/// All pages of a VM that are not forgotten yet take at most so many.
const MAX_ALIVE: usize = 24 << 20;
/// About what an element, a text or a comment takes, and an attribute, beside its words.
const NODE: usize = 200;
const ATTRIBUTE: usize = 80;
/// Elements in elements.
const MAX_DEPTH: usize = 300;
/// The longest selector.
const MAX_SELECTOR: usize = 300;
/// So many elements are found at once.
const MAX_FOUND: usize = 1_000;
/// The longest text or source that is given out.
const MAX_OUT: usize = 1 << 20;

/// Bytes that the pages of this VM take.
type Alive = Rc<Cell<usize>>;

/// The functions of `cx.html`.
pub(super) fn table(lua: &Lua, meter: &Rc<Meter>) -> Result<Table> {
    let (meter, alive) = (meter.clone(), Alive::default());
    let table = lua.create_table()?;
    let parse = move |lua: &Lua, text: mlua::LuaString| {
        if MAX_ALIVE < alive.get() + MAX_PAGE {
            // Those that nobody can reach any more are still counted.
            lua.gc_collect()?;
        }
        if MAX_ALIVE < alive.get() + MAX_PAGE {
            return Err(Error::runtime("too many pages are kept: let go of those that are not needed"));
        }
        let text = text.to_string_lossy();
        let (html, is_cut) = read(&text, &meter)?;
        // Counted once more as a whole: texts grow, and the first elements are given attributes, after they were seen.
        let n_bytes = html.tree.nodes().map(weight).sum();
        alive.set(alive.get() + n_bytes);
        let page = Rc::new(Page { html, n_bytes, alive: alive.clone(), meter: meter.clone(), is_cut });
        let root = page.html.tree.root().id();
        Ok(Element { page, node: root })
    };
    table.raw_set("parse", lua.create_function(parse)?)?;
    Ok(table)
}

/// A page, as long as any of its elements is held.
struct Page {
    html: Html,
    n_bytes: usize,
    alive: Alive,
    meter: Rc<Meter>,
    is_cut: bool,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.alive.set(self.alive.get().saturating_sub(self.n_bytes));
    }
}

/// An element of a page, or the page itself.
#[derive(Clone)]
struct Element {
    page: Rc<Page>,
    node: ego_tree::NodeId,
}

/// Reads a page, or as much of it as may be; whether something was left out.
fn read(text: &str, meter: &Meter) -> Result<(Html, bool)> {
    let mut parser = driver::parse_document(HtmlTreeSink::new(Html::new_document()), ParseOpts::default());
    let mut rest = text.get(..cut_at(text, MAX_TEXT)).unwrap_or_default();
    let mut seen = Seen::default();
    let mut is_cut = rest.len() < text.len();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at_checked(cut_at(rest, PIECE)).unwrap_or((rest, ""));
        parser.process(StrTendril::from_slice(piece));
        rest = after;
        in_time(meter)?;
        if !seen.has_room(&parser) {
            is_cut |= !rest.is_empty();
            break;
        }
    }
    let html = parser.finish();
    in_time(meter)?;
    Ok((html, is_cut))
}

/// What was seen of a page so far.
#[derive(Default)]
struct Seen {
    n_nodes: usize,
    n_bytes: usize,
}

impl Seen {
    /// Whether the page may go on: neither too large nor, in what is new of it, too deep.
    fn has_room(&mut self, parser: &Parser<HtmlTreeSink>) -> bool {
        let html = parser.tokenizer.sink.sink.0.borrow();
        let nodes = html.tree.nodes();
        let n_nodes = nodes.len();
        let is_deep = |it: &NodeRef<'_, Node>| it.ancestors().nth(MAX_DEPTH).is_some();
        let mut is_too_deep = false;
        for node in nodes.rev().take(n_nodes - self.n_nodes) {
            is_too_deep |= is_deep(&node);
            self.n_bytes += weight(node);
        }
        self.n_nodes = n_nodes;
        n_nodes <= MAX_NODES && self.n_bytes <= MAX_PAGE && !is_too_deep
    }
}

/// About how many bytes a node takes.
fn weight(node: NodeRef<'_, Node>) -> usize {
    NODE + match node.value() {
        Node::Element(it) => it.attrs().map(|(name, value)| ATTRIBUTE + name.len() + value.len()).sum(),
        Node::Text(it) => it.len(),
        Node::Comment(it) => it.len(),
        Node::Document | Node::Fragment | Node::Doctype(_) | Node::ProcessingInstruction(_) => 0,
    }
}

/// The last place between two characters that is not after `at`; never the first.
fn cut_at(text: &str, at: usize) -> usize {
    if text.len() <= at {
        return text.len();
    }
    (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(text.len())
}

fn in_time(meter: &Meter) -> Result<()> {
    if meter.is_due_now() { Err(Error::runtime("out of time")) } else { Ok(()) }
}

/// A selector, none of those that take more than a walk over the page for each element.
fn selector(text: &str) -> Result<Selector> {
    let wrong =
        |why: &str| Error::runtime(format!("`{}` is no selector: {why}", text.chars().take(80).collect::<String>()));
    let lower = text.to_ascii_lowercase();
    if MAX_SELECTOR < text.len() || 1 < lower.matches(":has").count() || 8 < text.matches('(').count() {
        return Err(wrong("it is too long or too deep"));
    }
    Selector::parse(text).map_err(|_| wrong("it cannot be read"))
}

impl Element {
    fn element(&self) -> Option<ElementRef<'_>> {
        ElementRef::wrap(self.page.html.tree.get(self.node)?)
    }

    /// Elements inside this one that a selector means, in the order of the page.
    fn select(&self, css: &str, max: usize) -> Result<Vec<Self>> {
        let selector = selector(css)?;
        let mut found = Vec::new();
        let Some(node) = self.page.html.tree.get(self.node) else { return Ok(found) };
        for inner in node.descendants().skip(1) {
            let Some(element) = ElementRef::wrap(inner) else { continue };
            in_time(&self.page.meter)?;
            if selector.matches(&element) {
                found.push(Self { page: self.page.clone(), node: inner.id() });
                if max <= found.len() {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// All text inside, without scripts and styles, white space as a reader sees it.
    fn text(&self) -> Result<String> {
        let Some(node) = self.page.html.tree.get(self.node) else { return Ok(String::new()) };
        let mut out = String::new();
        let (mut had_blank, mut skips) = (true, 0_usize);
        for edge in node.traverse() {
            let (is_open, inner) = match edge {
                ego_tree::iter::Edge::Open(inner) => (true, inner),
                ego_tree::iter::Edge::Close(inner) => (false, inner),
            };
            match inner.value() {
                Node::Element(it) if is_hidden(it.name()) => skips = if is_open { skips + 1 } else { skips - 1 },
                Node::Element(it) if is_block(it.name()) && !had_blank => {
                    out.push(' ');
                    had_blank = true;
                }
                Node::Text(it) if is_open && skips == 0 => {
                    in_time(&self.page.meter)?;
                    had_blank = push_words(&mut out, it, had_blank);
                }
                Node::Document
                | Node::Fragment
                | Node::Doctype(_)
                | Node::Comment(_)
                | Node::Text(_)
                | Node::Element(_)
                | Node::ProcessingInstruction(_) => (),
            }
            if MAX_OUT < out.len() {
                break;
            }
        }
        out.truncate(cut_at(out.trim_end(), MAX_OUT));
        Ok(out)
    }

    fn html(&self) -> Result<String> {
        in_time(&self.page.meter)?;
        let mut out = self.element().map_or_else(|| self.page.html.html(), |it| it.html());
        out.truncate(cut_at(&out, MAX_OUT));
        Ok(out)
    }
}

/// Adds text with each row of white space as one blank; whether it ends in one.
fn push_words(out: &mut String, text: &str, had_blank: bool) -> bool {
    let mut had_blank = had_blank;
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
            had_blank = false;
        } else if !had_blank {
            out.push(' ');
            had_blank = true;
        }
    }
    had_blank
}

fn is_hidden(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "noscript")
}

/// Elements that stand on lines of their own: what is before them and after is not one word.
fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 32] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "title",
        "ul",
    ];
    BLOCKS.contains(&name) || matches!(name, "table" | "td" | "th" | "tr")
}

impl UserData for Element {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("select", |lua, it, css: String| {
            let found = it.select(&css, MAX_FOUND)?;
            lua.create_sequence_from(found)
        });
        methods.add_method("first", |_, it, css: String| Ok(it.select(&css, 1)?.pop()));
        methods.add_method("text", |_, it, ()| it.text());
        methods.add_method("html", |_, it, ()| it.html());
        methods.add_method("attr", |lua, it, name: String| {
            let value = it.element().and_then(|it| it.attr(&name.to_ascii_lowercase()).map(str::to_owned));
            value.map(|it| lua.create_string(it)).transpose()
        });
        methods.add_method("name", |lua, it, ()| match it.element() {
            Some(element) => Ok(Value::String(lua.create_string(element.value().name())?)),
            None => Ok(Value::Nil),
        });
        methods.add_method("is_cut", |_, it, ()| Ok(it.page.is_cut));
        methods.add_meta_method(MetaMethod::ToString, |_, it, ()| {
            Ok(it.element().map_or_else(|| "page".to_owned(), |it| format!("<{}>", it.value().name())))
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mlua::ObjectLike as _;

    use super::*;

    fn page(text: &str) -> (Html, bool) {
        read(text, &Meter::new()).unwrap()
    }

    fn depth(html: &Html) -> usize {
        html.tree.nodes().map(|it| it.ancestors().count()).max().unwrap()
    }

    fn check(code: &str) {
        let lua = Lua::new();
        lua.globals().set("html", table(&lua, &Rc::new(Meter::new())).unwrap()).unwrap();
        if let Err(error) = lua.load(code).exec() {
            panic!("{code}: {error}");
        }
    }

    #[test]
    fn a_page_is_asked_by_selectors() {
        check(
            r#"
            local page = html.parse([[<!DOCTYPE html><title> A  page
              </title><body><h1>Bees &amp; wasps</h1><ul class=list><li id=a>one<li>two <b>bold</b></ul>
              <script>evil()</script><a href="/x" TITLE=y>go</a><br><p>end</p>]])
            assert(page:first("title"):text() == "A page")
            assert(page:first("h1"):text() == "Bees & wasps")
            local items = page:select("ul.list > li")
            assert(#items == 2 and items[2]:text() == "two bold", items[2]:text())
            assert(items[1]:attr("id") == "a" and items[2]:attr("id") == nil)
            assert(page:first("a[href]"):attr("HREF") == "/x" and page:first("a"):attr("title") == "y")
            assert(page:first("nothing") == nil and #page:select("nothing") == 0)
            assert(items[2]:html() == "<li>two <b>bold</b></li>", items[2]:html())
            assert(items[2]:first("b"):name() == "b" and page:name() == nil and tostring(items[1]) == "<li>")
            assert(not page:text():find("evil"), page:text())
            assert(page:text() == "A page Bees & wasps one two bold go end", page:text())
            assert(not page:is_cut())
            for _, css in { ">>", "p[", ":has(:has(p))", ("a "):rep(200), "" } do
                local ok, why = pcall(page.select, page, css)
                assert(not ok and tostring(why):find("is no selector", 1, true), css)
            end
            assert(#page:select("ul:has(b)") == 1)
        "#,
        );
    }

    #[test]
    fn what_is_too_deep_or_too_much_ends_the_page() {
        for text in [
            "<div>".repeat(200_000),
            "<b>".repeat(200_000),
            (0..20_000).map(|it| format!("<b a={it}>")).collect::<String>() + &"<p>x".repeat(100_000),
            "<table><tr><td>".repeat(60_000),
            "<svg><g>".repeat(100_000),
            "<a href=x>".repeat(100_000),
            format!("{}</body><!--x-->", "<div>".repeat(100)).repeat(2_000),
            "<i></p>".repeat(100_000),
            "<template>".repeat(100_000),
            "<select><option>".repeat(60_000),
            "<p>x".repeat(250_000),
        ] {
            let (html, is_cut) = page(&text);
            let shown: String = text.chars().take(20).collect();
            assert!(is_cut, "{shown}");
            assert!(html.tree.nodes().len() < 3 * MAX_NODES, "{} nodes of {}", html.tree.nodes().len(), shown);
            assert!(depth(&html) < 3 * MAX_DEPTH, "{} deep: {}", depth(&html), shown);
        }
    }

    #[test]
    fn what_takes_too_long_is_stopped() {
        let attributes: String = (0..100_000).map(|it| format!(" a{it}")).collect();
        for text in [format!("<p{attributes}>"), format!("<p{attributes}").repeat(2)] {
            let meter = Meter::new();
            meter.start(Duration::from_millis(20));
            drop(read(&text, &meter));
            assert!(meter.used() < Duration::from_millis(500), "{:?}", meter.used());
        }
    }

    #[test]
    fn selectors_that_take_long_are_stopped() {
        let (lua, meter) = (Lua::new(), Rc::new(Meter::new()));
        let parse: mlua::Function = table(&lua, &meter).unwrap().get("parse").unwrap();
        for text in ["<p>x".repeat(14_000), "<div>".repeat(280) + &"<i></i>".repeat(20_000), "<ul><li>x".repeat(140)] {
            let page: mlua::AnyUserData = parse.call(text).unwrap();
            for css in [
                "* * * * * * * * * * b",
                "p ~ p ~ p ~ p ~ p ~ b",
                "div > div div > div div > div b",
                "*:has(p ~ p ~ p ~ b)",
                "*:has(~ * ~ * ~ * b)",
                ":nth-child(2n+1) ~ :nth-last-child(3n) ~ b",
                ":not(:is(a b c, d e f)):where(* * * *):nth-last-of-type(2)",
            ] {
                meter.start(Duration::from_millis(20));
                // Whether it was in time or not, it is over.
                drop(page.call_method::<Value>("select", css));
                assert!(meter.used() < Duration::from_secs(1), "{css}: {:?}", meter.used());
                meter.stop();
            }
        }
    }

    #[test]
    fn pages_that_are_let_go_are_not_counted() {
        check(
            r#"
            local big = ("<p>x"):rep(5000)
            for i = 1, 100 do html.parse(big) end
            local kept = {}
            local ok, why = pcall(function() for i = 1, 100 do kept[i] = html.parse(big) end end)
            assert(not ok and tostring(why):find("too many pages", 1, true))
            kept = nil
            html.parse(big)
        "#,
        );
    }

    #[test]
    fn pages_of_few_nodes_are_counted_by_what_is_in_them() {
        check(
            r#"
            local attributes = {}
            for i = 1, 150 do attributes[i] = " a" .. i end
            local fat = ("<p" .. table.concat(attributes) .. ">"):rep(1000)
            for _, big in { ("x"):rep(1000000), "<!--" .. ("x"):rep(1000000), "<p a=" .. ("x"):rep(1000000) .. ">", fat } do
                local kept = {}
                local ok, why = pcall(function() for i = 1, 100 do kept[i] = html.parse(big) end end)
                assert(not ok and tostring(why):find("too many pages", 1, true), #kept .. " of " .. big:sub(1, 9))
                assert(#kept < 40, #kept .. " of " .. big:sub(1, 9))
            end
        "#,
        );
    }

    #[test]
    fn attributes_beyond_measure_end_the_page() {
        let attributes: String = (0..250).map(|it| format!(" a{it}")).collect();
        let (html, is_cut) = page(&format!("<p{attributes}>").repeat(700));
        assert!(is_cut);
        let n_bytes: usize = html.tree.nodes().map(weight).sum();
        assert!((MAX_PAGE..MAX_PAGE + MAX_PAGE / 2).contains(&n_bytes), "{n_bytes}");
    }
}
