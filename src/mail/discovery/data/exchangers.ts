/**
 * Who runs a mail exchanger, by the end of its name (whole labels, the longest end wins), one a line:
 *
 *     ends of names | kind | id | IMAP servers | SMTP servers | how to log in | where the fact comes from
 *
 * Kinds: `mailbox`, a large provider of mailboxes; `hoster`, who gives mailboxes to the customers' own domains;
 * `filter`, which takes the mail in and passes it to a mailbox elsewhere; `forwarder`, behind which there is no mailbox;
 * `no imap`. Servers are written as in providers.ts; `=` is the exchanger's own name. The user name `ask` is one that
 * cannot be told from the address.
 *
 * Sources beside those of providers.ts: `emailengine` is postalsys/emailengine at aea4535, `mxsniff` jace/mxsniff at
 * ec26e90, `nylas` nylas/sync-engine at 5069899, `classifier` the npm package @email-utils/classifier, `crawl` the DNS
 * of public bodies in KimTholstorf/mxmap-dk and mxmap/esorics2026 (April 2026), `survey` a survey of the exchangers of
 * the Danish municipalities, `operator` what the operator tells customers to put into their DNS.
 */
export const exchangerLines = `
l.google.com smtp.google.com googlemail.com | mailbox | gmail | imap.gmail.com:993 | smtp.gmail.com:465 | google | emailengine, mxsniff, classifier, crawl
mail.protection.outlook.com mx.microsoft mail.eo.outlook.com | mailbox | microsoft365 | outlook.office365.com:993 | smtp.office365.com:587 | microsoft | ispdb office365.com, emailengine, nylas, crawl
olc.protection.outlook.com | mailbox | microsoft-consumer | outlook.office365.com:993 | smtp-mail.outlook.com:587 smtp.office365.com:587 | microsoft | ispdb hotmail.com
am0.yahoodns.net | mailbox | yahoo | imap.mail.yahoo.com:993 | smtp.mail.yahoo.com:465 | yahoo | ispdb yahoo.com, mxsniff
mx-apac.mail.gm0.yahoodns.net | mailbox | yahoo | imap.mail.yahoo.com:993 | smtp.mail.yahoo.com:465 | yahoo | mxsniff
mx-aol.mail.gm0.yahoodns.net | mailbox | aol | imap.aol.com:993 | smtp.aol.com:465 | yahoo | ispdb aol.com, classifier
prodigy.net | mailbox | att | imap.mail.att.net:993 | smtp.mail.att.net:465 | yahoo | emailengine
mail.icloud.com | mailbox | icloud | imap.mail.me.com:993 | smtp.mail.me.com:587 | ask app-password | nylas, emailengine, classifier
messagingengine.com | mailbox | fastmail | imap.fastmail.com:993 | smtp.fastmail.com:465 | app-password | ispdb messagingengine.com, nylas, mxsniff
zoho.com | mailbox | zoho | imappro.zoho.com:993 | smtppro.zoho.com:465 | | emailengine, mxsniff, classifier
smtpin.zoho.com | mailbox | zoho | imap.zoho.com:993 | smtp.zoho.com:465 | | classifier
zoho.eu | mailbox | zoho-eu | imappro.zoho.eu:993 | smtppro.zoho.eu:465 | | emailengine
zoho.in | mailbox | zoho-in | imappro.zoho.in:993 | smtppro.zoho.in:465 | | operator
mxs.mail.ru emx.mail.ru | mailbox | mailru | imap.mail.ru:993 | smtp.mail.ru:465 | app-password | nylas, classifier
mx.yandex.net mx.yandex.ru | mailbox | yandex | imap.yandex.com:993 | smtp.yandex.com:465 | app-password | operator
mxbiz1.qq.com mxbiz2.qq.com | mailbox | qq-exmail | imap.exmail.qq.com:993 | smtp.exmail.qq.com:465 | app-password | emailengine, nylas
mx1.qq.com mx2.qq.com mx3.qq.com | mailbox | qq | imap.qq.com:993 | smtp.qq.com:465 | app-password | nylas
mxmail.netease.com | mailbox | netease | imap.163.com:993 | smtp.163.com:465 | app-password | nylas
larksuite.com | mailbox | larksuite | imap.larksuite.com:993 | smtp.larksuite.com:465 | app-password | emailengine
emig.gmx.net | mailbox | gmx | imap.gmx.net:993 imap.gmx.net:143 | mail.gmx.net:465 mail.gmx.net:587 | | classifier, ispdb gmx.net
mx00.gmx.net mx01.gmx.net | mailbox | gmx-com | imap.gmx.com:993 imap.gmx.com:143 | mail.gmx.com:465 mail.gmx.com:587 | | classifier
mx.kpnmail.nl | mailbox | kpn | imap.kpnmail.nl:993 imap.kpnmail.nl:143 | smtp.kpnmail.nl:465 smtp.kpnmail.nl:587 | | ispdb #65

emailsrvr.com | hoster | rackspace | secure.emailsrvr.com:993 | secure.emailsrvr.com:465 | | ispdb emailsrvr.com, mxsniff
secureserver.net | hoster | godaddy | imap.secureserver.net:993 | smtpout.secureserver.net:465 | | ispdb wildwestdomains.com, mxsniff, nylas
privateemail.com | hoster | namecheap | mail.privateemail.com:993 | mail.privateemail.com:465 | | nylas, mxsniff, fairemail
titan.email | hoster | titan | imap.titan.email:993 | smtp.titan.email:465 | | operator
mail.gandi.net | hoster | gandi | mail.gandi.net:993 | mail.gandi.net:465 | | nylas, mxsniff, ispdb gandi.net
ovh.net | hoster | ovh | ssl0.ovh.net:993 | ssl0.ovh.net:465 | | ispdb ovh.net, mxsniff
kundenserver.de ionos.de schlund.de | hoster | ionos-de | imap.ionos.de:993 | smtp.ionos.de:465 | | ispdb #23, fairemail
1and1.com perfora.net | hoster | ionos-com | imap.ionos.com:993 | smtp.ionos.com:465 | | ispdb #23, fairemail
1and1.fr | hoster | ionos-fr | imap.ionos.fr:993 | smtp.ionos.fr:465 | | ispdb #23, fairemail
1and1.co.uk ionos.co.uk | hoster | ionos-co-uk | imap.ionos.co.uk:993 | smtp.ionos.co.uk:465 | | ispdb #23, fairemail
ionos.es 1and1.es | hoster | ionos-es | imap.ionos.es:993 | smtp.ionos.es:465 | | ispdb #23, fairemail
rzone.de | hoster | strato | imap.strato.de:993 | smtp.strato.de:465 | | ispdb strato.de, fairemail, crawl
your-server.de | hoster | hetzner | mail.your-server.de:993 | mail.your-server.de:465 | | ispdb hetzner.de, fairemail, crawl
greensta.de | hoster | greensta | mail.greensta.de:993 | mail.greensta.de:465 | | fairemail
agenturserver.de | hoster | mittwald | mail.agenturserver.de:993 | mail.agenturserver.de:465 | | fairemail
ispgateway.de | hoster | domainfactory | sslin.df.eu:993 | sslout.df.eu:465 | | ispdb df.eu
kasserver.com | hoster | all-inkl | =:993 | =:465 | | operator
goneo.de | hoster | goneo | imap.goneo.de:993 | smtp.goneo.de:465 | | fairemail
one.com | hoster | onecom | imap.one.com:993 | send.one.com:465 | | ispdb one.com, mxsniff
mx.simply.com | hoster | simply | imap.simply.com:993 | smtp.simply.com:587 | | crawl, seen
gigahost.dk | hoster | gigahost | mail.gigahost.dk:993 | smtp.gigahost.dk:587 | | ispdb gigahost.dk
mx.domeneshop.no | hoster | domeneshop | imap.domeneshop.no:993 | smtp.domeneshop.no:587 | | mutt-wizard, seen
mx.webhuset.no | hoster | webhuset | imap.webhuset.no:993 | smtp.webhuset.no:465 | | ispdb webhuset.no, crawl
loopia.se | hoster | loopia | mailcluster.loopia.se:993 | mailcluster.loopia.se:465 | | nodemailer, seen
infomaniak.ch | hoster | infomaniak | mail.infomaniak.com:993 | mail.infomaniak.com:465 | | deltachat infomaniak.com, crawl
mail.hostpoint.ch | hoster | hostpoint | imap.mail.hostpoint.ch:993 | asmtp.mail.hostpoint.ch:465 | | crawl, seen
bluenet.ch | hoster | bluewin | imaps.bluewin.ch:993 | smtpauths.bluewin.ch:465 | | ispdb bluewin.ch, crawl
transip.email | hoster | transip | imap.transip.email:993 | smtp.transip.email:465 | | seen
mijndomein.nl | hoster | mijndomein | mail.mijndomein.nl:993 | mail.mijndomein.nl:465 | | fairemail
sohosted.com | hoster | sohosted | hostingsecure.email:993 | hostingsecure.email:465 | | fairemail
soverin.net | hoster | soverin | imap.soverin.net:993 | smtp.soverin.net:465 | | fairemail, nylas
mailprotect.be | hoster | combell | imap.mailprotect.be:993 | smtp-auth.mailprotect.be:465 | | fairemail
cloudeu.xion.oxcs.net | hoster | oxcloud-eu | imap.eu.appsuite.cloud:993 | smtp.eu.appsuite.cloud:587 | | ispdb oxcloud-eu
cloudus.xion.oxcs.net | hoster | oxcloud-us | imap.us.appsuite.cloud:993 | smtp.us.appsuite.cloud:587 | | ispdb oxcloud-us
hostinger.com | hoster | hostinger | imap.hostinger.com:993 | smtp.hostinger.com:465 | | fairemail, mailcore
pobox.com | hoster | pobox | mail.pobox.com:993 | smtp.pobox.com:465 | | ispdb pobox.com, mxsniff
dreamhost.com | hoster | dreamhost | imap.dreamhost.com:993 | smtp.dreamhost.com:465 | | fairemail
migadu.com | hoster | migadu | imap.migadu.com:993 | smtp.migadu.com:465 | | fairemail, deltachat migadu
mailbox.org | hoster | mailboxorg | imap.mailbox.org:993 | smtp.mailbox.org:465 | | deltachat mailbox.org
mailserver.purelymail.com | hoster | purelymail | imap.purelymail.com:993 | smtp.purelymail.com:465 | | deltachat purelymail.com
runbox.com | hoster | runbox | mail.runbox.com:993 | mail.runbox.com:465 | | fairemail
mail.thundermail.com | hoster | thundermail | mail.thundermail.com:993 | mail.thundermail.com:465 | app-password | fairemail
mx.startmail.com | hoster | startmail | imap.startmail.com:993 | smtp.startmail.com:465 | app-password | fairemail
mx.aruba.it | hoster | aruba | imaps.aruba.it:993 | smtps.aruba.it:465 | | fairemail
sicurezzapostale.it | hoster | namirial | imaps.sicurezzapostale.it:993 | smtps.sicurezzapostale.it:465 | | fairemail
globenet.org | hoster | globenet | mail.globenet.org:993 | mail.globenet.org:587 | | fairemail
mxof.com | hoster | prxy | secure.prxy.com:993 | secure.prxy.com:465 | | fairemail
amazonaws.com | hoster | aws | | | | emailengine, mxsniff, crawl

protonmail.ch | no imap | proton | | | | mxsniff, deltachat protonmail
tutanota.de | no imap | tuta | | | | classifier, deltachat tutanota

mailanyone.net mx25.net electric.net | filter | vipre | | | | crawl, survey
centerasecurity.dk | filter | centera | | | | crawl, survey
heimdalsecurity.com | filter | heimdal | | | | crawl, survey
hostedsepo.dk | filter | sepo | | | | crawl, survey
comendosystems.com comendosystems.net | filter | comendo | | | | crawl, survey
scanscope.net | filter | scanscope | | | | survey
staysecuregroup.com staysecuregroup.net | filter | staysecure | | | | operator
messagelabs.com | filter | symantec | | | | survey
tmes.trendmicro.eu tmes.trendmicro.com | filter | trendmicro | | | | crawl, survey
hornetsecurity.com antispameurope.com | filter | hornetsecurity | | | | crawl, operator
seppmail.cloud | filter | seppmail | | | | crawl
pphosted.com ppe-hosted.com | filter | proofpoint | | | | crawl, mxsniff, operator
mimecast.com mimecast.co.za | filter | mimecast | | | | crawl, mxsniff, operator
barracudanetworks.com | filter | barracuda | | | | crawl
iphmx.com | filter | cisco | | | | crawl, survey
hydra.sophos.com | filter | sophos | | | | crawl
fortimailcloud.com | filter | fortimail | | | | crawl
mailinblack.com | filter | mailinblack | | | | crawl
vadesecure.com | filter | vade | | | | operator
altospam.com | filter | altospam | | | | operator
antispamcloud.com mailspamprotection.com | filter | spamexperts | | | | operator
mailcontrol.com | filter | forcepoint | | | | operator
fireeyecloud.com | filter | trellix | | | | operator
retarus.com | filter | retarus | | | | operator

mx.cloudflare.net | forwarder | cloudflare-routing | | | | crawl
registrar-servers.com | forwarder | namecheap-forwarding | | | | classifier
improvmx.com | forwarder | improvmx | | | | operator
forwardemail.net | forwarder | forwardemail | | | | operator
`;
