import { join } from 'node:path';
import type { Certificate } from './certificates.ts';

/** What the generated configuration is made from. */
export type DovecotPlan = {
  /** Where `users` is. */
  dir: string;
  /** Where mail and sockets are. */
  stateDir: string;
  logPath: string;
  listen: string;
  ports: { imap: number; imaps: number; lmtp: number; auth: number };
  certificate: Certificate;
  /** The one user as whom everything runs: Dovecot needs no root. */
  user: string;
  group: string;
  /** Literal settings added at the end, such as another passdb. */
  extra: string;
};

/** The configuration of Dovecot 2.3 (Debian 12, Ubuntu 22.04 and 24.04). */
export function dovecot23(plan: DovecotPlan) {
  const { dir, stateDir, logPath, listen, ports, certificate, user, group, extra } = plan;
  return `
base_dir = ${join(stateDir, 'base')}
state_dir = ${join(stateDir, 'state')}
log_path = ${logPath}
log_timestamp = "%Y-%m-%d %H:%M:%S.%{usecs} "
protocols = imap lmtp
listen = ${listen}

default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
first_valid_uid = 1
first_valid_gid = 1

# A login in clear is taken nevertheless: Dovecot trusts a client with its own address.
ssl = required
ssl_cert = <${certificate.certFile}
ssl_key = <${certificate.keyFile}
auth_mechanisms = plain login
auth_username_format = %Lu
auth_failure_delay = 0

# A file for each user: adding, changing and removing one is a single rename.
passdb {
  driver = passwd-file
  args = username_format=%u ${join(dir, 'users')}/%u
}
userdb {
  driver = passwd-file
  args = username_format=%u ${join(dir, 'users')}/%u
  default_fields = uid=${user} gid=${group} home=${join(stateDir, 'mail')}/%u
}

mail_location = maildir:~/mail
mail_fsync = never
namespace inbox {
  inbox = yes
  separator = /
${specialFolders}
}

# Load: 5,000 mailboxes from one address.
mail_max_userip_connections = 5000
default_client_limit = 20000
default_vsz_limit = 0
service anvil {
  chroot =
  # Or a wrong password would slow every other login from this address.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  # "High-performance mode": a few processes that hold many connections, instead of one each.
  service_count = 0
  process_min_avail = 2
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service imap {
  process_limit = 5000
}
service lmtp {
  process_min_avail = 2
  inet_listener lmtp {
    port = ${ports.lmtp}
  }
}
service auth {
  # For Postfix.
  inet_listener sasl {
    port = ${ports.auth}
  }
}
${extra}
`;
}

/**
 * The same for Dovecot 2.4 (Debian 13), whose settings have other names. Written from its documentation; the project's
 * own CI has 2.3.
 */
export function dovecot24(plan: DovecotPlan) {
  const { dir, stateDir, logPath, listen, ports, certificate, user, group, extra } = plan;
  return `
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = ${join(stateDir, 'base')}
state_dir = ${join(stateDir, 'state')}
log_path = ${logPath}
protocols = imap lmtp
listen = ${listen}

default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
first_valid_uid = 1
first_valid_gid = 1

ssl = required
ssl_server_cert_file = ${certificate.certFile}
ssl_server_key_file = ${certificate.keyFile}
auth_mechanisms = plain login
auth_failure_delay = 0s

passdb passwd-file {
  passwd_file_path = ${join(dir, 'users')}/%{user}
}
userdb static {
  fields {
    uid = ${user}
    gid = ${group}
    home = ${join(stateDir, 'mail')}/%{user}
  }
}

mail_driver = maildir
mail_path = ~/mail
mail_fsync = never
namespace inbox {
  inbox = yes
  separator = /
${specialFolders}
}

mail_max_userip_connections = 5000
default_client_limit = 20000
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  chroot =
  process_limit = 5000
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service imap {
  process_limit = 5000
}
service lmtp {
  process_min_avail = 2
  inet_listener lmtp {
    port = ${ports.lmtp}
  }
}
service auth {
  inet_listener sasl {
    port = ${ports.auth}
  }
}
${extra}
`;
}

const specialFolders = ['Sent', 'Drafts', 'Trash', 'Junk']
  .map((name) => `  mailbox ${name} {\n    auto = create\n    special_use = \\${name}\n  }`)
  .join('\n');
