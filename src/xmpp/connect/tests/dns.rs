//! SRV records from a made-up name server on loopback: what is asked for, and what comes of each answer.

use std::net::{IpAddr, Ipv4Addr};

use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::runtime::TokioRuntimeProvider,
    proto::{
        op::{Message, ResponseCode},
        rr::{Name, RData, Record, rdata::SRV},
    },
};
use tokio::net::UdpSocket;

use super::*;
use crate::xmpp::connect::address::{self, Target};

/// What the name server says to a question.
#[derive(Clone, Copy)]
enum Says {
    /// Priority, port and host of each record.
    Records(&'static [(u16, u16, &'static str)]),
    /// There is no such name.
    NoName,
    /// It cannot tell.
    Failure,
    /// Nothing at all.
    Nothing,
}

const SERVICES: [&str; 2] = ["_xmpps-client._tcp.house.example.", "_xmpp-client._tcp.house.example."];

/// Asks for the servers of a domain, with these answers for direct TLS and for STARTTLS, and tells what was asked for.
async fn targets(direct: bool, tls: Says, plain: Says) -> (Result<Vec<Target>, ConnectError>, Vec<String>) {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a free port"));
    let mut connection = ConnectionConfig::udp();
    connection.port = socket.local_addr().expect("bound").port();
    let server = NameServerConfig::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true, vec![connection]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let mut options = ResolverOpts::default();
    options.timeout = Duration::from_millis(200);
    options.attempts = 1;
    let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let resolver = builder.with_options(options).build().expect("a resolver");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let serving = serve(Arc::clone(&socket), [tls, plain], Arc::clone(&asked));
    let found = tokio::select! {
        found = address::ask(Some(&resolver), "house.example", direct) => found,
        () = serving => panic!("the name server ended"),
    };
    let mut asked = asked.lock().expect("not poisoned").clone();
    asked.sort();
    asked.dedup();
    (found, asked)
}

async fn serve(socket: Arc<UdpSocket>, says: [Says; 2], asked: Arc<Mutex<Vec<String>>>) {
    let mut bytes = vec![0; 4_096];
    while let Ok((n, from)) = socket.recv_from(&mut bytes).await {
        let request = Message::from_vec(&bytes[..n]).expect("a question");
        let name = request.queries[0].name().clone();
        asked.lock().expect("not poisoned").push(name.to_string());
        let service = SERVICES.iter().position(|it| *it == name.to_string());
        let mut response = request.into_response();
        match service.map_or(Says::NoName, |n| says[n]) {
            Says::Records(records) => {
                for (priority, port, host) in records {
                    let host = Name::from_utf8(host).expect("a name");
                    let record = SRV::new(*priority, 0, *port, host);
                    response.add_answer(Record::from_rdata(name.clone(), 60, RData::SRV(record)));
                }
            }
            Says::NoName => response.metadata.response_code = ResponseCode::NXDomain,
            Says::Failure => response.metadata.response_code = ResponseCode::ServFail,
            Says::Nothing => continue,
        }
        socket.send_to(&response.to_vec().expect("a message"), from).await.expect("sent");
    }
}

fn target(host: &str, port: u16, direct: bool) -> Target {
    Target { host: host.to_owned(), port, direct }
}

#[tokio::test]
async fn servers_come_from_both_kinds_of_records_in_their_order() {
    let tls = Says::Records(&[(5, 443, "tls.example."), (30, 5223, "late.example.")]);
    let plain = Says::Records(&[(10, 5222, "plain.example."), (1, 5222, "first.example.")]);
    let (found, asked) = targets(false, tls, plain).await;
    let expected = [
        target("first.example", 5222, false),
        target("tls.example", 443, true),
        target("plain.example", 5222, false),
        target("late.example", 5223, true),
    ];
    assert_eq!(found.as_deref(), Ok(&expected[..]));
    assert_eq!(asked, [SERVICES[1], SERVICES[0]]);
    let (found, asked) = targets(true, tls, plain).await;
    assert_eq!(found.map(|it| it.len()), Ok(2));
    assert_eq!(asked, [SERVICES[0]], "whoever wants direct TLS does not ask for anything else");
}

#[tokio::test]
async fn a_domain_without_records_is_its_own_server() {
    for says in [Says::NoName, Says::Records(&[]), Says::Failure, Says::Nothing] {
        let (found, _) = targets(false, says, says).await;
        assert_eq!(found, Ok(vec![target("house.example", 5222, false)]));
        let (found, _) = targets(true, says, says).await;
        assert_eq!(found, Ok(vec![target("house.example", 5223, true)]));
    }
}

#[tokio::test]
async fn a_service_that_is_not_offered_is_not_tried() {
    let none = Says::Records(&[(0, 0, ".")]);
    let (found, _) = targets(false, none, Says::Records(&[(1, 5269, "plain.example.")])).await;
    assert_eq!(found, Ok(vec![target("plain.example", 5269, false)]));
    let (found, _) = targets(false, none, none).await;
    assert_eq!(found, Err(ConnectError::NotOffered("house.example".to_owned())));
}
