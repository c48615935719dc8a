//! Certificates: a bad one is final for its account and no other; what a file vouches for is good. Logins that are bound
//! to the TLS channel.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use domovoi_stage::server::{Certificate, Kind, Options};

use super::{Scene, account, head};

async fn bad_certificate_is_final(kind: Kind, certificate: Certificate, why: &str) -> Result<()> {
    let mut scene = Scene::build(kind, Options { certificate, ..Options::default() }).await?;
    scene.server.register("distrustful", "pw-distrustful").await?;
    let mut distrustful = account(&scene.server, "distrustful", scene.proxy.address(), "");
    if certificate == Certificate::SelfSigned {
        distrustful = distrustful.lines().filter(|it| !it.starts_with("ca_file")).map(|it| format!("{it}\n")).collect();
    }
    let keeper = account(&scene.server, "keeper", scene.server.address(), "tls = \"none\"");
    scene.bot.write_config(&(head("") + &distrustful + &keeper + &format!("[rooms.\"{}\"]\n", scene.room)))?;
    scene.bot.launch()?;
    scene.comes("domovoi").await?;
    scene.echoes("the others go on").await?;
    let line = scene.bot.expect_log_with(&["given up", "account=distrustful"]).await?;
    ensure!(line.contains(" ERROR ") && line.contains(why), "{line}");
    let told = scene.boss.expect("the owner is told", |it| {
        it.kind() == "chat" && it.body().is_some_and(|body| body.contains("distrustful") && body.contains(why))
    });
    told.await.with_context(|| scene.tail())?;
    let more = scene.proxy.until(Duration::from_secs(3), |it| 1 < it.n_accepted).await;
    ensure!(more.is_err(), "it tries on: {:?}\n{}", scene.proxy.counts(), scene.tail());
    ensure!(scene.n_logged("given up") == 1, "{}", scene.tail());
    let output = scene.bot.verb(&["doctor"]).await?;
    let report = String::from_utf8(output.stdout)?;
    ensure!(report.contains(why), "{report}");
    Ok(())
}

async fn each_bad_certificate_is_final(kind: Kind) -> Result<()> {
    for (certificate, why) in [
        (Certificate::SelfSigned, "set ca_file to a copy of it"),
        (Certificate::OtherName, "it is for another name"),
        (Certificate::Expired, "it has expired"),
    ] {
        bad_certificate_is_final(kind, certificate, why).await.with_context(|| format!("{certificate:?}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn each_bad_certificate_is_final_on_prosody() -> Result<()> {
    each_bad_certificate_is_final(Kind::Prosody).await
}

#[tokio::test]
async fn each_bad_certificate_is_final_on_ejabberd() -> Result<()> {
    each_bad_certificate_is_final(Kind::Ejabberd).await
}

/// As servers make them at their installation.
async fn copy_of_a_self_signed_certificate_makes_it_good(kind: Kind) -> Result<()> {
    let options = Options { certificate: Certificate::SelfSigned, ..Options::default() };
    let scene = Scene::awake(kind, options).await?;
    ensure!(scene.n_logged("tls=\"TLS 1") == 1, "{}", scene.tail());
    Ok(())
}

#[tokio::test]
async fn copy_of_a_self_signed_certificate_makes_it_good_on_prosody() -> Result<()> {
    copy_of_a_self_signed_certificate_makes_it_good(Kind::Prosody).await
}

#[tokio::test]
async fn copy_of_a_self_signed_certificate_makes_it_good_on_ejabberd() -> Result<()> {
    copy_of_a_self_signed_certificate_makes_it_good(Kind::Ejabberd).await
}

/// Prosody 0.12 binds only to what TLS 1.3 has no more. Its own SCRAM takes any binding; this gives it the one of RFC 9266,
/// and says so (XEP-0440).
const EXPORTER: &str = r#"
module:hook("stream-features", function (event)
    local session, socket = event.origin, event.origin.conn:socket();
    local mechanisms = event.features:get_child("mechanisms", "urn:ietf:params:xml:ns:xmpp-sasl");
    if not (mechanisms and socket.exportkeyingmaterial) then return; end
    session.sasl_handler:add_cb_handler("tls-exporter", function ()
        return (socket:exportkeyingmaterial("EXPORTER-Channel-Binding", 32, ""));
    end);
    mechanisms:tag("mechanism"):text("SCRAM-SHA-256-PLUS"):up();
    event.features:tag("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" })
        :tag("channel-binding", { type = "tls-exporter" }):up():up();
end, -1);
"#;

#[tokio::test]
async fn login_is_bound_to_the_channel_where_prosody_can() -> Result<()> {
    let lua_modules = vec![("exporter".to_owned(), EXPORTER.to_owned())];
    let options = Options { lua_modules, with: vec!["exporter".to_owned()], ..Options::default() };
    let scene = Scene::awake(Kind::Prosody, options).await?;
    let line = scene.bot.expect_log("logged in account=keeper ").await?;
    ensure!(line.contains("mechanism=\"SCRAM-SHA-256-PLUS\" tls=\"TLS 1.3\""), "{line}");
    Ok(())
}
