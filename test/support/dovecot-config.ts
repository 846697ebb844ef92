import { join } from 'node:path';
import type { Certificate } from './certificates.ts';

/** What the generated configuration is made from. */
export type DovecotPlan = {
  dir: string;
  ports: { imap: number; imaps: number; lmtp: number };
  certificate: Certificate;
  /** The one user as whom everything runs: Dovecot needs no root. */
  user: string;
  group: string;
  /** Literal settings added at the end, such as another passdb. */
  extra: string;
};

/** The configuration of Dovecot 2.3 (Debian 12, Ubuntu 22.04 and 24.04). */
export function dovecot23({ dir, ports, certificate, user, group, extra }: DovecotPlan) {
  return `
base_dir = ${join(dir, 'base')}
state_dir = ${join(dir, 'state')}
log_path = ${join(dir, 'dovecot.log')}
log_timestamp = "%Y-%m-%d %H:%M:%S.%{usecs} "
protocols = imap lmtp
listen = 127.0.0.1

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
  default_fields = uid=${user} gid=${group} home=${join(dir, 'mail')}/%u
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
    address = 127.0.0.1
    port = ${ports.lmtp}
  }
}
service auth {
  unix_listener auth-postfix {
    mode = 0666
  }
}
${extra}
`;
}

const specialFolders = ['Sent', 'Drafts', 'Trash', 'Junk']
  .map((name) => `  mailbox ${name} {\n    auto = create\n    special_use = \\${name}\n  }`)
  .join('\n');
