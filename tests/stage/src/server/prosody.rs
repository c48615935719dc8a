//! Prosody's configuration and command line (written for 0.12, Debian 12's).

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use anyhow::Result;

use super::Server;
use crate::process;

/// Lets clients of one port pass as if they had TLS, so that people can watch a server that demands it.
const STAGE_DOOR: &str = "local port = module:get_option_number(\"stage_door\");
module:hook(\"stream-features\", function (event)
    if tonumber(event.origin.conn:serverport()) == port then event.origin.secure = true; end
end, 3000);
";

const MODULES: &[&str] = &[
    "roster",
    "saslauth",
    "tls",
    "disco",
    "ping",
    "time",
    "uptime",
    "version",
    "carbons",
    "pep",
    "vcard4",
    "vcard_legacy",
    "blocklist",
    "smacks",
    "register",
    "csi_simple",
    "http",
    "private",
    "stage_door",
];

const UNLOCKED: &str = "muc_room_locking = false";

pub(super) fn write(server: &Server) -> Result<()> {
    let dir = server.dir.path();
    for folder in ["run", "data", "plugins"] {
        fs::create_dir_all(dir.join(folder))?;
    }
    fs::write(dir.join("plugins/mod_stage_door.lua"), STAGE_DOOR)?;
    for (name, source) in &server.options.lua_modules {
        fs::write(dir.join(format!("plugins/mod_{name}.lua")), source)?;
    }
    fs::write(dir.join("prosody.cfg.lua"), config(server)?)?;
    Ok(())
}

pub(super) fn command(server: &Server) -> Command {
    let mut command = process::command("prosody", server.user());
    command.args(["-F", "--config"]).arg(server.dir.path().join("prosody.cfg.lua"));
    command
}

fn config(server: &Server) -> Result<String> {
    let mut text = global(server)?;
    let options = &server.options;
    if options.limits {
        // As Debian's package ships it.
        text.push_str("limits = { c2s = { rate = \"10kb/s\" }, s2sin = { rate = \"30kb/s\" } }\n");
    }
    text.push_str("VirtualHost \"localhost\"\n");
    if !options.with.is_empty() {
        writeln!(text, "  modules_enabled = {{ {} }}", quoted(options.with.iter().map(String::as_str)))?;
    }
    let mut modules = vec!["vcard_muc"];
    if options.archive {
        modules.push("muc_mam");
    }
    if options.archive && options.moderation {
        modules.push("muc_moderation");
    }
    text.push_str(&rooms(server, "conference", &modules, UNLOCKED));
    // For special tests: without archive and moderation; with rooms locked until configured; where nobody may create.
    text.push_str(&rooms(server, "bare", &[], UNLOCKED));
    text.push_str(&rooms(server, "locked", &["muc_mam"], "muc_room_locking = true"));
    text.push_str(&rooms(server, "closed", &[], "muc_room_locking = false\n  restrict_room_creation = true"));
    writeln!(text, "Component \"upload.localhost\" \"http_file_share\"")?;
    writeln!(text, "  http_file_share_size_limit = 10 * 1024 * 1024")?;
    writeln!(text, "Component \"comp.localhost\"\n  component_secret = \"secret\"")?;
    text.push_str(&options.extra);
    Ok(text)
}

fn global(server: &Server) -> Result<String> {
    let (dir, ports, options) = (server.dir.path().display(), &server.ports, &server.options);
    let mut modules: Vec<&str> = MODULES.to_vec();
    if options.limits {
        modules.push("limits");
    }
    modules.retain(|it| !options.without.iter().any(|not| not == it));
    let mut text = format!(
        "pidfile = \"{dir}/run/prosody.pid\"\ndata_path = \"{dir}/data\"\ncertificates = \"{dir}/certs\"\n\
         admin_socket = \"{dir}/run/prosody.sock\"\nplugin_paths = {{ \"{dir}/plugins\" }}\n\
         ssl = {{ key = \"{dir}/certs/localhost.key\", certificate = \"{dir}/certs/localhost.crt\" }}\n\
         c2s_direct_tls_ssl = ssl\ndaemonize = false\nadmins = {{ \"admin@localhost\" }}\n\
         log = {{ {{ levels = {{ min = \"info\" }}, to = \"console\" }} }}\n"
    );
    for name in ["interfaces", "local_interfaces", "component_interfaces", "http_interfaces", "https_interfaces"] {
        writeln!(text, "{name} = {{ \"127.0.0.1\" }}")?;
    }
    let stage_door = ports.stage_door.number();
    writeln!(text, "c2s_ports = {{ {}, {stage_door} }}\nstage_door = {stage_door}", ports.c2s.number())?;
    writeln!(text, "c2s_direct_tls_ports = {{ {} }}", ports.direct_tls.number())?;
    writeln!(text, "component_ports = {{ {} }}", ports.component.number())?;
    let http = ports.http.number();
    let (plain, tls) =
        if options.https { (String::new(), http.to_string()) } else { (http.to_string(), String::new()) };
    writeln!(text, "http_ports = {{ {plain} }}\nhttps_ports = {{ {tls} }}\nhttps_ssl = ssl\ns2s_ports = {{ }}")?;
    let scheme = if options.https { "https" } else { "http" };
    writeln!(text, "http_host = \"localhost\"\nhttp_external_url = \"{scheme}://localhost:{http}/\"")?;
    writeln!(text, "modules_disabled = {{ \"s2s\" }}\nmodules_enabled = {{ {} }}", quoted(modules.into_iter()))?;
    let encrypt = !options.plain_tcp;
    writeln!(text, "c2s_require_encryption = {encrypt}\nallow_unencrypted_plain_auth = {}", options.plain_tcp)?;
    writeln!(text, "allow_registration = true\nauthentication = \"internal_plain\"\nstorage = \"internal\"")?;
    writeln!(text, "smacks_hibernation_time = {}", options.resumption.as_secs())?;
    // Nagle's delay would add 20-40 ms to each answer on loopback, which no network has.
    writeln!(text, "network_settings = {{ nagle = false }}\narchive_expires_after = \"1w\"")?;
    Ok(text)
}

fn rooms(server: &Server, name: &str, modules: &[&str], extra: &str) -> String {
    let options = &server.options;
    format!(
        "Component \"{name}.localhost\" \"muc\"\n  modules_enabled = {{ {modules} }}\n  \
         muc_room_cache_size = 20000\n  muc_room_default_public = true\n  muc_room_default_persistent = {persistent}\n  \
         muc_room_default_moderated = {moderated}\n  muc_room_default_history_length = 20\n  \
         max_archive_query_results = 50\n  {extra}\n",
        modules = quoted(modules.iter().copied()),
        persistent = options.persistent,
        moderated = options.moderated,
    )
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ")
}
