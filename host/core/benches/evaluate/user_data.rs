//! User data as deployments have it.
//!
//! What reading YAML costs goes by the number of keys and values more than by bytes. Of the
//! documents of 1.5 to 9 KiB among those that cloud-init's documentation and tests show, the middle
//! one has one of either in 64 bytes; this has one in about 40. [`dense`] has one in eight.

/// Cloud-config of at most so many bytes: services that are installed and started.
pub fn ordinary(bytes: usize) -> String {
    const BEGIN: &str = "#cloud-config
users:
  - name: ops
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM ops
packages: [git, prometheus-node-exporter]
runcmd:
  - [systemctl, enable, --now, node-exporter]
write_files:
";
    let service = |number: usize| {
        format!(
            "  - path: /etc/systemd/system/exporter-{number}.service
    permissions: '0644'
    content: |
      [Unit]
      Description=Tells how unit {number} of this machine is
      After=network-online.target
      [Service]
      ExecStart=/usr/local/bin/exporter --listen 127.0.0.1:{} --unit {number}
      Restart=on-failure
      [Install]
      WantedBy=multi-user.target
",
            9_100 + number
        )
    };
    grown(BEGIN, service, bytes)
}

/// Cloud-config of at most so many bytes that is all short values: the most work for its size that
/// anybody would write.
pub fn dense(bytes: usize) -> String {
    let command =
        |number: usize| format!("  - [systemctl, enable, --now, exporter-{number}.service]\n");
    grown("#cloud-config\nruncmd:\n", command, bytes)
}

fn grown(begin: &str, part: impl Fn(usize) -> String, bytes: usize) -> String {
    let mut text = begin.to_owned();
    for number in 0.. {
        let part = part(number);
        if text.len() + part.len() > bytes {
            break;
        }
        text.push_str(&part);
    }
    text
}
