/// A body as Stripe takes it: `a=1&b[c]=2`, percent-encoded.
#[derive(Default)]
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode(name, &mut self.0);
        self.0.push('=');
        encode(value, &mut self.0);
        self
    }

    pub(crate) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'[' | b']') {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_field_is_encoded() {
        let form = Form::default()
            .with("metadata[account_id]", "1&plan=pro")
            .with("email", "ü+a@example.com")
            .with_some("absent", None);
        assert_eq!(
            form.into_text(),
            "metadata[account_id]=1%26plan%3Dpro&email=%C3%BC%2Ba%40example.com"
        );
    }
}
