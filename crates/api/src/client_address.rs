//! From where a request comes. Only what our own proxies have written is believed, and only as many of them as there are.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

/// Returns the address that counts for limits: the peer's, or the one that the outermost of our own proxies saw.
///
/// Of an IPv6 address the first 64 bits count: that is what one customer of a provider gets.
pub(crate) fn client_address(request: &HttpRequest, trusted_hops: usize) -> String {
    let peer = request.peer_addr().map(|peer| peer.ip());
    let address = match trusted_hops {
        0 => peer,
        hops => forwarded(request, hops).or(peer),
    };
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => network(address).to_string(),
        None => "unknown".to_owned(),
    }
}

/// Each proxy appends the address that it saw: the one that the outermost of ours saw stands that far from the end.
fn forwarded(request: &HttpRequest, hops: usize) -> Option<IpAddr> {
    let seen: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .map(str::trim)
        .collect();
    seen[seen.len().checked_sub(hops)?].parse().ok()
}

fn network(address: Ipv6Addr) -> Ipv6Addr {
    let [a, b, c, d, ..] = address.segments();
    Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address(peer: &str, forwarded: &str, hops: usize) -> String {
        let request = TestRequest::default()
            .peer_addr(peer.parse().unwrap())
            .insert_header(("x-forwarded-for", forwarded))
            .insert_header(("forwarded", "for=7.7.7.7"))
            .to_http_request();
        client_address(&request, hops)
    }

    #[test]
    fn without_proxies_of_our_own_no_header_is_believed() {
        assert_eq!(address("10.0.0.1:80", "1.1.1.1", 0), "10.0.0.1");
    }

    #[test]
    fn behind_proxies_the_address_that_the_outermost_saw_counts() {
        assert_eq!(address("10.0.0.1:80", "9.9.9.9, 1.1.1.1", 1), "1.1.1.1");
        assert_eq!(
            address("10.0.0.1:80", "9.9.9.9, 1.1.1.1, 10.0.0.2", 2),
            "1.1.1.1"
        );
        assert_eq!(address("10.0.0.1:80", "forged", 1), "10.0.0.1");
        assert_eq!(address("10.0.0.1:80", "1.1.1.1", 2), "10.0.0.1");
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(
            address("[2001:db8:1:2:3:4:5:6]:80", "", 0),
            "2001:db8:1:2::"
        );
        assert_eq!(address("[::ffff:1.2.3.4]:80", "", 0), "1.2.3.4");
    }
}
