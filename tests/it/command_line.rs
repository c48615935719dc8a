//! The verbs that need no server: what they print where, and their exit codes.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// How a run of the program ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in a folder, with nothing in its environment that could matter.
fn domovoi_with(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_domovoi"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DOMOVOI_CONFIG")
        .env("RUST_BACKTRACE", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

pub(crate) fn domovoi(folder: &Path, arguments: &[&str]) -> Ended {
    domovoi_with(folder, &[], arguments)
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

const GOOD: &str = "[bot]\nowners = [\"a@b.example\"]\n[accounts.main]\njid = \"a@b.example\"\npassword_env = \"SECRET\"\n\
                    [rooms.\"garden@chat.example.org\"]\n[rooms.\"garden@chat.example.org\".plugins]\nguard = true\n";

#[test]
fn init_writes_what_check_accepts_and_overwrites_nothing() {
    let folder = folder();
    let ended = domovoi(folder.path(), &["init", "here"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(ended.stdout.starts_with("wrote here/domovoi.toml\n"), "{}", ended.stdout);
    for name in ["data", "plugins"] {
        assert!(folder.path().join("here").join(name).is_dir(), "{name}");
    }
    let ended = domovoi(folder.path(), &["--config", "here/domovoi.toml", "check"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let warned = "warnings: 1\n  here/domovoi.toml:12: accounts.main.password: this is still the password of the example: \
                  put the account's own here\n";
    assert!(ended.stdout.ends_with(warned), "{}", ended.stdout);

    let file = folder.path().join("here/domovoi.toml");
    fs::write(&file, "mine").unwrap();
    let ended = domovoi(folder.path(), &["init", "here"]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.stderr, "domovoi: here/domovoi.toml is there already and was left as it is\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn what_init_writes_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    assert_eq!(domovoi(folder.path(), &["init"]).code, 0);
    for (name, expected) in [("domovoi.toml", 0o600), ("data", 0o700)] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{name}");
    }
}

#[test]
fn check_names_all_mistakes_on_stderr_and_ends_with_2() {
    let folder = folder();
    fs::write(folder.path().join("d.toml"), "[bot]\nlangauge = \"en\"\n[accounts.main]\njid = 1\npassword = \"p\"\n")
        .unwrap();
    let ended = domovoi(folder.path(), &["--config", "d.toml", "check"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_eq!(
        ended.stderr,
        "d.toml:2: bot.langauge: unknown key; did you mean `language`?\n\
         d.toml:4: accounts.main.jid: expected a JID such as \"domovoi@example.org\", found the number 1\n"
    );
}

#[test]
fn check_sums_up_what_is_right() {
    let folder = folder();
    fs::write(folder.path().join("d.toml"), GOOD).unwrap();
    let ended = domovoi_with(folder.path(), &[("SECRET", "hush")], &["check", "--config", "d.toml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    for line in [
        "accounts: 1",
        "  main: a@b.example, at most 100 rooms",
        "rooms: 1",
        "  garden@chat.example.org: any account, as domovoi",
        "  admin: on in 1 of 1 rooms",
        "  guard: on in 1 of 1 rooms",
        "warnings: 0",
    ] {
        assert!(ended.stdout.lines().any(|it| it == line), "{line} in:\n{}", ended.stdout);
    }
    assert!(!ended.stdout.contains("hush"));
}

#[test]
fn check_knows_the_plugins_in_the_folders_that_are_named() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("mine/weather")).unwrap();
    let code = "return { name = 'weather', api = 1, on = { join = function() end } }";
    fs::write(folder.path().join("mine/weather/init.lua"), code).unwrap();
    let text = GOOD.replace("[accounts", "plugin_dirs = [\"mine\"]\n[accounts");
    let check = |text: String| {
        fs::write(folder.path().join("d.toml"), text).unwrap();
        domovoi_with(folder.path(), &[("SECRET", "x"), ("DOMOVOI_CONFIG", "d.toml")], &["check"])
    };
    assert_eq!(check(format!("{text}[plugins.weather]\nenabled = true\n")).code, 0);
    let ended = check(format!("{text}[plugins.wether]\n"));
    assert_eq!(ended.code, 2);
    assert_eq!(ended.stderr, "d.toml:10: plugins.wether: there is no plugin `wether`; did you mean `weather`?\n");
}

#[test]
fn check_tells_of_words_that_two_plugins_want_as_run_would() {
    let folder = folder();
    let write = |name: &str, command: &str| {
        let path = folder.path().join("mine").join(name);
        fs::create_dir_all(&path).unwrap();
        let text = format!(
            "return {{\n  name = '{name}', api = 1,\n  commands = {{ {{ name = '{command}', run = function() end }} }},\n}}"
        );
        fs::write(path.join("init.lua"), text).unwrap();
    };
    let text = GOOD.replace("[accounts", "plugin_dirs = [\"mine\"]\n[accounts");
    let check = |enabled: &[&str]| {
        let tables: String = enabled.iter().map(|it| format!("[plugins.{it}]\nenabled = true\n")).collect();
        fs::write(folder.path().join("d.toml"), format!("{text}{tables}")).unwrap();
        let ended = domovoi_with(folder.path(), &[("SECRET", "x"), ("DOMOVOI_CONFIG", "d.toml")], &["check"]);
        (ended.code, ended.stderr)
    };
    write("rain", "weather");
    write("sun", "weather");
    let told = "mine/sun/init.lua:3: `weather` is taken by `rain`: choose another name\n";
    assert_eq!(check(&["rain", "sun"]), (2, told.to_owned()));
    assert_eq!(check(&["sun"]), (0, String::new()), "where only one of them is on nobody is hidden");
    write("sun", "help");
    let told = "mine/sun/init.lua:3: `help` is taken by `core`: choose another name\n";
    assert_eq!(check(&["rain", "sun"]), (2, told.to_owned()));
    write("sun", "sunshine");
    assert_eq!(check(&["rain", "sun"]), (0, String::new()));
}

#[test]
fn configuration_is_looked_for_in_order() {
    let folder = folder();
    let secret = ("SECRET", "x");
    let ended = domovoi_with(folder.path(), &[secret, ("DOMOVOI_CONFIG", "")], &["check"]);
    if !Path::new("/etc/domovoi/domovoi.toml").exists() {
        assert_eq!(ended.code, 2);
        assert!(
            ended.stderr.starts_with("domovoi: there is no configuration: neither config/domovoi.toml nor /etc/"),
            "{}",
            ended.stderr
        );
        fs::write(folder.path().join("domovoi.toml"), GOOD).unwrap();
        let ended = domovoi_with(folder.path(), &[secret], &["check"]);
        let expected = "domovoi: no configuration was named; there is one here: `domovoi --config domovoi.toml …`\n";
        assert_eq!((ended.code, ended.stderr.as_str()), (2, expected), "what `init` wrote is not overlooked");
    }
    let found = |environment: &[(&str, &str)], arguments: &[&str]| {
        let ended = domovoi_with(folder.path(), environment, arguments);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout.split(':').next().unwrap().to_owned()
    };
    fs::create_dir(folder.path().join("config")).unwrap();
    for name in ["config/domovoi.toml", "env.toml", "option.toml"] {
        fs::write(folder.path().join(name), GOOD).unwrap();
    }
    assert_eq!(found(&[secret], &["check"]), "config/domovoi.toml");
    let environment = [secret, ("DOMOVOI_CONFIG", "env.toml")];
    assert_eq!(found(&environment, &["check"]), "env.toml");
    assert_eq!(found(&environment, &["--config", "option.toml", "check"]), "option.toml");
}

#[test]
fn run_that_cannot_listen_ends_with_1_and_says_why_once() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let text = GOOD.replace("password_env = \"SECRET\"", "password = \"p\"\naddress = \"127.0.0.1:1\"");
    fs::write(folder.path().join("d.toml"), format!("{text}[web]\nlisten = \"{listen}\"\n")).unwrap();
    let ended = domovoi(folder.path(), &["--config", "d.toml", "run"]);
    assert_eq!(ended.code, 1);
    let last = ended.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with(&format!("domovoi: cannot listen on {listen}, the address in [web]: ")), "{last}");
    assert_eq!(last.matches("os error").count(), 1, "{last}");
    assert!(!ended.stderr.contains("the store is closed"), "{}", ended.stderr);
}

#[test]
fn wrong_usage_is_one_line_and_2() {
    let folder = folder();
    for (arguments, expected) in [
        (vec!["chekc"], "domovoi: unrecognized subcommand 'chekc'; tip: a similar subcommand exists: 'check'; see"),
        (vec!["check", "--fast"], "domovoi: unexpected argument '--fast' found; "),
        (vec!["completions"], "domovoi: the following required arguments were not provided: <SHELL>; see"),
        (vec!["man", "nothing"], "domovoi: there is no verb `nothing`"),
        (vec!["man", "backup", "nothing"], "domovoi: there is no verb `backup nothing`"),
        (vec!["--config", "none.toml", "run"], "none.toml: cannot read the configuration: "),
    ] {
        let ended = domovoi(folder.path(), &arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.starts_with(expected), "{}", ended.stderr);
    }
    let ended = domovoi(folder.path(), &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(ended.stderr.contains("Usage: domovoi"), "{}", ended.stderr);
}

#[test]
fn help_version_completions_and_man_need_nothing() {
    let folder = folder();
    for (arguments, expected) in [
        (vec!["--version"], concat!("domovoi ", env!("CARGO_PKG_VERSION"))),
        (vec!["--help"], "Run the bot until SIGTERM or SIGINT"),
        (vec!["backup", "create", "--help"], "also while the bot runs"),
        (vec!["completions", "bash"], "_domovoi()"),
        (vec!["completions", "zsh"], "#compdef domovoi"),
        (vec!["completions", "fish"], "complete -c domovoi"),
        (vec!["man"], ".TH domovoi 1"),
        (vec!["man"], "EXIT STATUS"),
        (vec!["man", "check"], ".TH domovoi-check 1"),
        (vec!["man", "backup", "restore"], ".TH domovoi-backup-restore 1"),
    ] {
        let ended = domovoi(folder.path(), &arguments);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(ended.stdout.contains(expected), "{arguments:?}: {}", ended.stdout);
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_domovoi"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
