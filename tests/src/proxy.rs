use std::net::SocketAddr;

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How a server behind a [`Proxy`] seems to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line {
    Open,
    /// Connections are closed, old ones and new ones.
    Cut,
    /// Connections are taken, and nothing moves on them.
    Hung,
}

/// Stands between the programs of a test and a server, which thereby can go away and come back.
pub struct Proxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
    strandings: watch::Sender<u64>,
}

impl Proxy {
    /// Stands before the server of a URL.
    ///
    /// # Panics
    /// When the URL names no host and port.
    pub async fn before(url: &str) -> Self {
        let url: reqwest::Url = url.parse().expect("a URL");
        let host = url.host_str().expect("a host").to_owned();
        let target = (host, url.port().expect("a port"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let line = watch::Sender::new(Line::Open);
        let state = line.subscribe();
        let strandings = watch::Sender::new(0);
        let stranding = strandings.subscribe();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let carrying = carry(client, target.clone(), state.clone(), stranding.clone());
                tokio::spawn(carrying);
            }
        });
        Self {
            address,
            line,
            strandings,
        }
    }

    /// Returns a URL of the server that leads through here.
    ///
    /// # Panics
    /// When the URL is none.
    #[must_use]
    pub fn lead(&self, url: &str) -> String {
        let mut url: reqwest::Url = url.parse().expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a host can be set");
        url.set_port(Some(self.address.port()))
            .expect("a port can be set");
        url.to_string()
    }

    /// Lets the server go away.
    pub fn cut(&self) {
        self.line.send_replace(Line::Cut);
    }

    /// Lets the server hang: it takes connections and says nothing.
    pub fn hang(&self) {
        self.line.send_replace(Line::Hung);
    }

    /// Loses the other end of all connections without a word; new ones reach the server.
    pub fn strand(&self) {
        self.strandings.send_modify(|count| *count += 1);
    }

    /// Lets the server come back.
    pub fn restore(&self) {
        self.line.send_replace(Line::Open);
    }
}

async fn carry(
    mut client: TcpStream,
    target: (String, u16),
    mut line: watch::Receiver<Line>,
    mut stranding: watch::Receiver<u64>,
) {
    stranding.mark_unchanged();
    let state = *line.borrow_and_update();
    let mut server = match state {
        Line::Cut => return,
        Line::Open => TcpStream::connect(&target).await.ok(),
        Line::Hung => None,
    };
    if state == Line::Open {
        let Some(server) = &mut server else { return };
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, server) => return,
            // The other end goes away with the proxy at the latest.
            _ = line.changed() => {}
            // Both ends stay open as long as the process.
            _ = stranding.changed() => std::future::pending().await,
        }
    }
    // What has been cut stays cut; what hangs is let go when the line changes again.
    if *line.borrow_and_update() == Line::Hung {
        let _ = line.changed().await;
    }
}
