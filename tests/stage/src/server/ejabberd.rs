//! ejabberd's configuration and command line (written for 23.01, Debian 12's).
//!
//! The Erlang machine is started directly and not through `ejabberdctl`: one process to stop, no `epmd`, no shell in
//! between that would catch the signals.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::Server;
use crate::process;

const CTL: &str = "/usr/sbin/ejabberdctl";

pub(super) fn write(server: &Server) -> Result<()> {
    let dir = server.dir.path();
    for folder in ["spool", "log", "upload"] {
        fs::create_dir_all(dir.join(folder))?;
    }
    // Names come from the hosts file alone: a node on loopback has nobody to ask.
    fs::write(dir.join("inetrc"), "{lookup,[\"file\"]}.\n{host,{127,0,0,1},[\"localhost\"]}.\n")?;
    fs::write(dir.join("ejabberd.yml"), config(server))?;
    Ok(())
}

pub(super) fn command(server: &Server) -> Result<Command> {
    let dir = server.dir.path();
    let mut command = erl(server)?;
    command.env("EJABBERD_CONFIG_PATH", dir.join("ejabberd.yml"));
    command.env("EJABBERD_LOG_PATH", dir.join("log/ejabberd.log"));
    command.args(["-sname", &node(server), "+P", "250000"]);
    command.args(["-mnesia", "dir", &format!("\"{}\"", dir.join("spool").display())]);
    command.args(["-s", "ejabberd", "-noinput"]);
    Ok(command)
}

/// Lets the running node do something: an expression of Erlang, in which `Node` is its name.
pub(super) fn eval(server: &Server, expression: &str) -> Result<Command> {
    let mut command = erl(server)?;
    let name = format!("probe{}@localhost", server.ports.node.number());
    command.args(["-sname", &name, "-hidden", "-dist_listen", "false", "-noinput", "-eval"]);
    command.arg(format!("Node = '{}', io:format(\"~p\", [begin {expression} end]), halt().", node(server)));
    Ok(command)
}

fn node(server: &Server) -> String {
    format!("stage{}@localhost", server.ports.node.number())
}

/// An Erlang machine that finds the node without anybody's help.
fn erl(server: &Server) -> Result<Command> {
    let dir = server.dir.path();
    let mut command = process::command("erl", server.user());
    // The cookie is written to HOME at the first start. Busy waiting would eat the cores that the tests need.
    command.env("HOME", dir).env("ERL_LIBS", libs()?).env("ERL_INETRC", dir.join("inetrc"));
    command.env("ERL_CRASH_DUMP_BYTES", "0");
    command.args(["+K", "true", "+sbwt", "none", "+sbwtdcpu", "none"]);
    command.args(["-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-start_epmd", "false"]);
    command.args(["-erl_epmd_port", &server.ports.node.number().to_string()]);
    Ok(command)
}

/// Where Debian keeps Erlang's libraries depends on the architecture; its own script says.
fn libs() -> Result<String> {
    let script = fs::read_to_string(CTL).with_context(|| format!("cannot read {CTL}: is ejabberd installed?"))?;
    let line = script.lines().find_map(|it| it.strip_prefix("ERL_LIBS="));
    Ok(line.context("ejabberdctl names no ERL_LIBS")?.trim_matches('\'').to_owned())
}

fn config(server: &Server) -> String {
    let modules: String = modules(server)
        .lines()
        .filter(|line| !server.options.without.iter().any(|not| line.trim_start().starts_with(&format!("{not}:"))))
        .map(|line| format!("  {line}\n"))
        .collect();
    format!("{}{}modules:\n{modules}{}", listeners(server), limits(server), server.options.extra)
}

fn listeners(server: &Server) -> String {
    let (dir, ports) = (server.dir.path().display(), &server.ports);
    let shaper = if server.options.limits { "c2s_shaper" } else { "none" };
    let starttls = if server.options.plain_tcp { "starttls" } else { "starttls_required" };
    let c2s = format!("module: ejabberd_c2s, max_stanza_size: 262144, shaper: {shaper}, access: c2s");
    format!(
        "hosts: [localhost]
loglevel: info
certfiles: [\"{dir}/certs/both.pem\"]
auth_method: internal
auth_password_format: scram
listen:
  - {{ port: {c2s_port}, ip: \"127.0.0.1\", {c2s}, {starttls}: true }}
  - {{ port: {stage_door}, ip: \"127.0.0.1\", module: ejabberd_c2s, max_stanza_size: 262144, access: c2s }}
  - {{ port: {tls_port}, ip: \"127.0.0.1\", {c2s}, tls: true }}
  - {{ port: {component}, ip: \"127.0.0.1\", module: ejabberd_service, access: all,
      hosts: {{ \"comp.localhost\": {{ password: \"secret\" }} }} }}
  - {{ port: {http}, ip: \"127.0.0.1\", module: ejabberd_http, tls: {https}, request_handlers: {{ /upload: mod_http_upload }} }}
acl:
  local: {{ user_regexp: \"\" }}
  admin: {{ user: [\"admin@localhost\"] }}
access_rules:
  local: {{ allow: local }}
  c2s: {{ allow: all }}
  configure: {{ allow: admin }}
  muc_create: {{ allow: local }}
  register: {{ allow: all }}
registration_timeout: infinity
",
        c2s_port = ports.c2s.number(),
        stage_door = ports.stage_door.number(),
        tls_port = ports.direct_tls.number(),
        component = ports.component.number(),
        http = ports.http.number(),
        https = server.options.https,
    )
}

fn limits(server: &Server) -> &'static str {
    if server.options.limits {
        // As Debian's package ships them.
        "shaper: { normal: { rate: 3000, burst_size: 20000 }, fast: 200000 }
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: { 5000: admin, 100: all }
  c2s_shaper: { none: admin, normal: all }
"
    } else {
        "shaper_rules: { max_user_sessions: 100, max_user_offline_messages: 100 }\n"
    }
}

fn modules(server: &Server) -> String {
    let (options, dir) = (&server.options, server.dir.path().display());
    let rooms = match options.max_rooms {
        Some(most) => format!(", max_user_conferences: {most}"),
        None if options.limits => String::new(),
        None => ", max_users: 5000, max_user_conferences: 5000".to_owned(),
    };
    let archive = if options.archive { "mod_mam: { default: always, db_type: mnesia }\n" } else { "" };
    // A "moderated" room of ejabberd still gives newcomers a voice unless members_by_default is off.
    let voice = if options.moderated { "members_by_default: false" } else { "members_by_default: true" };
    format!(
        "{archive}mod_adhoc: {{}}
mod_blocking: {{}}
mod_caps: {{}}
mod_carboncopy: {{}}
mod_client_state: {{}}
mod_disco: {{}}
mod_http_upload: {{ put_url: \"{scheme}://localhost:{http}/upload\", docroot: \"{dir}/upload\" }}
mod_last: {{}}
mod_muc: {{ access: [allow], access_admin: [allow: admin], access_create: muc_create, access_mam: [allow]{rooms}, \
         default_room_options: {{ mam: {archive_on}, persistent: {persistent}, {voice} }} }}
mod_offline: {{}}
mod_ping: {{}}
mod_privacy: {{}}
mod_private: {{}}
mod_pubsub: {{ plugins: [flat, pep] }}
mod_register: {{ ip_access: all, access: register }}
mod_roster: {{}}
mod_stream_mgmt: {{ resend_on_timeout: if_offline, resume_timeout: {resume} }}
mod_time: {{}}
mod_vcard: {{}}
mod_version: {{}}
",
        http = server.ports.http.number(),
        scheme = if options.https { "https" } else { "http" },
        archive_on = options.archive,
        persistent = options.persistent,
        resume = options.resumption.as_secs(),
    )
}
