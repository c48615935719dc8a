//! A test process that is killed leaves no server behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::{sleep, timeout};

/// The processes that `pid` has started and that still run.
fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let lists = tasks.filter_map(|it| fs::read_to_string(it.unwrap().path().join("children")).ok());
    lists.flat_map(|it| it.split_whitespace().filter_map(|it| it.parse().ok()).collect::<Vec<u32>>()).collect()
}

/// Dead, or dead and not yet collected by whoever inherited it.
fn is_dead(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('Z') || state.starts_with('X'))
}

#[tokio::test]
async fn a_killed_demo_takes_its_server_and_its_bot_along() {
    let dir = tempfile::tempdir().unwrap();
    let bot = dir.path().join("bot");
    fs::write(&bot, "#!/bin/sh\nwhile :; do sleep 1; done\n").unwrap();
    fs::set_permissions(&bot, fs::Permissions::from_mode(0o755)).unwrap();
    let mut demo = tokio::process::Command::new(env!("CARGO_BIN_EXE_demo"));
    // It cannot remove its folders when it is killed, so they are put where they go with ours.
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    demo.arg("--once").arg(&bot).env("TMPDIR", dir.path()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut demo = demo.spawn().unwrap();
    let pid = demo.id().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().unwrap().contains("the bot comes") {}
    let until_both = async {
        while children(pid).len() < 2 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), until_both).await.unwrap();
    let started = children(pid);
    demo.kill().await.unwrap();
    let until_dead = async {
        while !started.iter().all(|it| is_dead(*it)) {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(5), until_dead).await.unwrap();
}
