//! Holds back the rest of every answer until it is told to let it pass.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// Between the gateway and a server. Its threads end with the connections.
pub struct Dam {
    address: SocketAddr,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl Dam {
    /// Lets this many bytes of each connection's answers pass, and no more until it is opened.
    pub fn build(server: SocketAddr, passing: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let dam = Self {
            address: listener.local_addr().expect("an address"),
            gate: Arc::default(),
        };
        let gate = Arc::clone(&dam.gate);
        thread::spawn(move || {
            for client in listener.incoming() {
                let gate = Arc::clone(&gate);
                thread::spawn(move || {
                    client.and_then(|client| pass(client, server, passing, &gate))
                });
            }
        });
        dam
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets everything pass from now on.
    pub fn open(&self) {
        *self.gate.0.lock().expect("nobody panicked") = true;
        self.gate.1.notify_all();
    }
}

fn pass(
    client: TcpStream,
    server: SocketAddr,
    passing: usize,
    gate: &(Mutex<bool>, Condvar),
) -> io::Result<()> {
    let mut upstream = TcpStream::connect(server)?;
    let (mut requests, mut requests_on) = (client.try_clone()?, upstream.try_clone()?);
    thread::spawn(move || io::copy(&mut requests, &mut requests_on));
    let mut client = client;
    io::copy(&mut (&mut upstream).take(passing as u64), &mut client)?;
    client.flush()?;
    let open = gate.0.lock().expect("nobody panicked");
    drop(
        gate.1
            .wait_while(open, |open| !*open)
            .expect("nobody panicked"),
    );
    io::copy(&mut upstream, &mut client)?;
    client.shutdown(Shutdown::Both)
}
