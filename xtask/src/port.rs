//! Whether a port is free, and if not, whose it is.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::{
    failure::{Failure, Result},
    http, process,
};

const LIMIT: Duration = Duration::from_millis(500);

/// Whether something listens on `port` of this machine.
pub fn is_taken(port: u16) -> bool {
    let both: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
    both.iter().any(|address| TcpStream::connect_timeout(address, LIMIT).is_ok())
}

/// Whether a Claviger Worker answers on `port`.
pub fn is_claviger(port: u16) -> bool {
    http::get(port, "/healthz", Duration::from_secs(5)).is_ok_and(|(_, body)| body.contains("\"status\""))
}

/// Fails when `port` is taken, and says by whom and what to do.
pub fn must_be_free(port: u16) -> Result<()> {
    if !is_taken(port) {
        return Ok(());
    }
    let advice = format!("take another one: `--port {}`.", port.checked_add(1).unwrap_or(8787));
    Err(Failure::Failed(if is_claviger(port) {
        format!("A Claviger is already running on port {port}: open http://localhost:{port}/, or {advice}")
    } else {
        let by = owner(port).map_or(String::new(), |owner| format!(" by {owner}"));
        format!("Port {port} is in use{by}. End that, or {advice}")
    }))
}

/// `name (process 123)`, as far as the system tells.
fn owner(port: u16) -> Option<String> {
    let said = process::quick("lsof", &["-nP", &format!("-iTCP:{port}"), "-sTCP:LISTEN", "-Fpc"]);
    said.as_deref().and_then(from_lsof).or_else(|| {
        let said = process::quick("ss", &["-Hltnp", &format!("sport = :{port}")])?;
        from_ss(&said)
    })
}

fn from_lsof(said: &str) -> Option<String> {
    let field = |mark: char| said.lines().find_map(|line| line.strip_prefix(mark));
    Some(format!("{} (process {})", field('c')?, field('p')?))
}

fn from_ss(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("users:((\"")?;
    let (name, rest) = rest.split_once("\",pid=")?;
    let (id, _) = rest.split_once(',')?;
    Some(format!("{name} (process {id})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_port_is_read_from_either_tool() {
        assert_eq!(from_lsof("p123\ncnode\nf20\n").as_deref(), Some("node (process 123)"));
        let line = "LISTEN 0 511 127.0.0.1:8787 0.0.0.0:* users:((\"workerd\",pid=42,fd=9))";
        assert_eq!(from_ss(line).as_deref(), Some("workerd (process 42)"));
        assert_eq!(from_ss(""), None);
    }

    #[test]
    fn a_taken_port_is_noticed_and_another_is_proposed() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                drop(connection)
            }
        });
        let Err(Failure::Failed(text)) = must_be_free(port) else { panic!("{port} is not free") };
        assert!(text.contains(&format!("Port {port} is in use")) && text.contains("--port"), "{text}");
    }
}
