/**
 * The providers that are known by the domain of an address, one a line:
 *
 *     id | domains | IMAP servers | SMTP servers | how to log in | where the fact comes from
 *
 * Servers are `host:port`, the best one first; 993 and 465 mean TLS from the first byte, 143 and 587 STARTTLS, and
 * `/tls` behind a port says otherwise. `.example` is every domain below example. A line with `+` adds domains to the
 * one above. In place of IMAP servers, `no imap` and `pop3 only` say why there are none.
 *
 * How to log in: user name `address` (the default), `local-part`, or `local-part/address` where IMAP and SMTP differ;
 * then `password` (the default), `app-password`, or the OAuth provider, `google`, `microsoft`, `yahoo`.
 *
 * Sources: `ispdb` is a file of thunderbird/autoconfig at c6ad796 (`#` a pull request there), `deltachat` a file of
 * deltachat/provider-db at 5c14381, `fairemail` is M66B/FairEmail's providers.xml, `nodemailer` its list of well-known
 * services, `mutt-wizard` its domains.csv, `seen` the configuration of several public projects that agree. No host was
 * contacted to check them, so they are to be tried before a release.
 */
export const providerLines = `
123reg | 123-reg.co.uk | imap.123-reg.co.uk:993 | smtp.123-reg.co.uk:465 | | fairemail
1blu | 1blu.de | imap.1blu.de:993 | smtp.1blu.de:465 | | fairemail
1und1 | online.de onlinehome.de sofortstart.de sofort-start.de sofortsurf.de sofort-surf.de go4more.de | imap.1und1.de:993 imap.1und1.de:143 | smtp.1und1.de:465 smtp.1und1.de:587 | | ispdb 1und1.de
24-mail | 24-mail.com 24-mail.de | 24-mail.com:993 | 24-mail.com:587 | | fairemail
a1-at | a1.net | securemail.a1.net:993 | securemail.a1.net:587 | | ispdb a1.net
alice-de | alice.de alice-dsl.de alice-dsl.net | imap.alice.de:993 | smtp.alice.de:587 | | fairemail
alice-it | alice.it | in.alice.it:143 | out.alice.it:587 | | ispdb alice.it
aliyun | aliyun.com | imap.aliyun.com:993 | smtp.aliyun.com:465 | | deltachat aliyun
aol | aol.com verizon.net aim.com netscape.net netscape.com compuserve.com cs.com wmconnect.com | imap.aol.com:993 | smtp.aol.com:465 | yahoo | ispdb aol.com, ispdb verizon.net
+ aol.de aol.it aol.fr aol.es aol.se aol.co.uk aol.co.nz aol.com.au aol.com.ar aol.com.br aol.com.mx
aquilenet | aquilenet.fr | imap.aquilenet.fr:993 | smtp.aquilenet.fr:587 | | mutt-wizard
aruba-pec | pec.it pec.cloud arubapec.it mypec.eu gigapec.it casellapec.com pecditta.com | imaps.pec.aruba.it:993 | smtps.pec.aruba.it:465 | | fairemail
att | att.net ameritech.net bellsouth.net flash.net nvbell.net pacbell.net prodigy.net sbcglobal.net snet.net swbell.net wans.net | imap.mail.att.net:993 | outbound.att.net:465 smtp.mail.att.net:465 | yahoo | ispdb att.net, fairemail
autistici | anche.no autistici.org | mail.autistici.org:993 | smtp.autistici.org:465 | | mutt-wizard, deltachat autistici.org
bahnhof | bahnhof.se | imap.privat.bahnhof.se:993 | mailout.privat.bahnhof.se:465 | | fairemail
bell | sympatico.ca | imap.bell.net:993 | smtphm.sympatico.ca:587 | | ispdb bell.net
bluewin | bluewin.ch | imaps.bluewin.ch:993 | smtpauths.bluewin.ch:465 | | ispdb bluewin.ch
bouygues | bbox.fr | imap.bbox.fr:993 | smtp.bbox.fr:465 | | fairemail
brighthouse | brighthouse.com | mail.brighthouse.com:993 | mail.brighthouse.com:587/tls | app-password | fairemail
bt | btinternet.com btopenworld.com | mail.btinternet.com:993 | mail.btinternet.com:465 | | ispdb btinternet.com
centurylink | centurylink.net q.com elpasotel.net embarqmail.com qwest.net | mail.centurylink.net:993 | smtp.centurylink.net:587 | | ispdb centurylink.net, fairemail
centurytel | centurytel.net | pop3 only | | | ispdb centurytel.net
comcast | comcast.net | imap.comcast.net:993 imap.comcast.net:143 | smtp.comcast.net:465 smtp.comcast.net:587 | | ispdb comcast.net
countermail | countermail.com | imap1.countermail.com:993 | imap1.countermail.com:465 | app-password | fairemail
dandomain | dandomain.dk | post.dandomain.dk:993 | asmtp.dandomain.dk:587 | | seen
dismail | dismail.de | imap.dismail.de:993 | smtp.dismail.de:465 | | fairemail, mutt-wizard
disroot | disroot.org | disroot.org:993 | disroot.org:587 | local-part | deltachat disroot, fairemail
domainfactory | ispgateway.de | sslin.df.eu:993 | sslout.df.eu:465 | | ispdb df.eu
domeneshop | domeneshop.no | imap.domeneshop.no:993 | smtp.domeneshop.no:587 | | mutt-wizard
drei-at | drei.at | imap.drei.at:993 | smtp.drei.at:465 | | fairemail
ecomail | ecomail.fr | imap.ecomail.fr:993 | smtp.ecomail.fr:587 | | fairemail
emailit | email.it | in.email.it:993 | out.email.it:465 | | ispdb email.it
emailn | emailn.de | imap.emailn.de:143 | smtp.emailn.de:587 | | fairemail
ewe | ewe.net ewetel.net | imap.ewe.net:993 | smtp.ewe.net:587 | | fairemail
fastmail | fastmail.com fastmail.se sent.com fastmail.fm fastmail.net fastmail.org fastmail.co.uk fastmail.de fastmail.nl fastmail.es fastmail.us fastmail.to | imap.fastmail.com:993 | smtp.fastmail.com:465 | app-password | ispdb messagingengine.com, deltachat fastmail, fairemail
fastweb | fastwebnet.it | imap.fastwebnet.it:993 | smtp.fastwebnet.it:587 | | fairemail
foundation-e | e.email | mail.ecloud.global:993 | mail.ecloud.global:587 | | fairemail, deltachat e.email
free-de | free.de | pop.free.de:993 | smtp.free.de:465 | app-password | fairemail
free-fr | free.fr | imap.free.fr:993 | smtp.free.fr:465 | local-part | ispdb free.fr
freedom-nl | freedom.nl | imap.freedom.nl:993 | smtp.freedom.nl:465 | | ispdb #52, fairemail, mutt-wizard
freenet | freenet.de freenetmail.de fn.de bossmail.de justmail.de | mx.freenet.de:993 | mx.freenet.de:465 | | deltachat freenet.de, fairemail
gandi | gandi.net | mail.gandi.net:993 mail.gandi.net:143 | mail.gandi.net:465 mail.gandi.net:587 | | ispdb gandi.net
gelsennet | gelsennet.de | mx.gelsennet.de:993 | mx.gelsennet.de:465 | | fairemail
gigahost | gigahost.dk | mail.gigahost.dk:993 | smtp.gigahost.dk:587 | | ispdb gigahost.dk
gmail | gmail.com googlemail.com | imap.gmail.com:993 | smtp.gmail.com:465 | google | ispdb googlemail.com
gmx | gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.info gmx.biz gmx.org mein.gmx mail.gmx email.gmx | imap.gmx.net:993 imap.gmx.net:143 | mail.gmx.net:465 mail.gmx.net:587 | | ispdb gmx.net
gmx-com | gmx.com gmx.ca gmx.us | imap.gmx.com:993 imap.gmx.com:143 | mail.gmx.com:465 mail.gmx.com:587 | | ispdb gmx.com, fairemail
hccnet | hccnet.nl hcc.nl kader.hcc.nl | pop.hccnet.nl:993 | smtp.hccnet.nl:465 | | fairemail
hetzner | your-server.de | mail.your-server.de:993 | mail.your-server.de:465 | | ispdb hetzner.de
hey | hey.com | no imap | | | deltachat hey.com
hostpoint | hostpoint.ch | imap.mail.hostpoint.ch:993 | asmtp.mail.hostpoint.ch:465 | | seen
icloud | icloud.com mac.com me.com | imap.mail.me.com:993 | smtp.mail.me.com:587 | local-part/address app-password | ispdb me.com
infomaniak | etik.com ik.me ikmail.com | mail.infomaniak.com:993 | mail.infomaniak.com:465 | | deltachat infomaniak.com, nodemailer, fairemail
interia | interia.pl interia.eu interia.com poczta.fm vip.interia.pl intmail.pl interiowy.pl adresik.net pacz.to pisz.to ogarnij.se | poczta.interia.pl:993 | poczta.interia.pl:465 | | fairemail
ionos-co-uk | ionos.co.uk | imap.ionos.co.uk:993 | smtp.ionos.co.uk:465 | | ispdb #23, fairemail
ionos-de | ionos.de | imap.ionos.de:993 | smtp.ionos.de:465 | | ispdb #23, fairemail
ionos-fr | ionos.fr | imap.ionos.fr:993 | smtp.ionos.fr:465 | | ispdb #23, fairemail
jubii | cool.dk forening.dk indbakke.dk it.dk jubii.dk maildanmark.dk video.dk | imap.jubii.dk:993 | smtp.jubii.dk:465 | | ispdb mail.jubii.dk
kabelmail | kabelmail.de | imap.kabelmail.de:993 | smtp.kabelmail.de:465 | | fairemail
kpn | kpnmail.nl freeler.nl hetnet.nl planet.nl tiscali.nl wxs.nl xs4all.nl kpnplanet.nl snelnet.net on.nl onsbrabantnet.nl | imap.kpnmail.nl:993 imap.kpnmail.nl:143 | smtp.kpnmail.nl:465 smtp.kpnmail.nl:587 | | ispdb kpnmail.nl
+ onsmail.nl onsnet.nu onsneteindhoven.nl onsnetnuenen.nl telfort.nl tip.nl tiscalimail.nl
laposte | laposte.net | imap.laposte.net:993 | smtp.laposte.net:465 | local-part | ispdb laposte.net
libero | libero.it iol.it | imapmail.libero.it:993 | smtp.libero.it:465 | | ispdb libero.it, fairemail
lilo | lilo.org | mail.lilo.org:143 | mail.lilo.org:587 | | fairemail
loopia | loopia.se | mailcluster.loopia.se:993 | mailcluster.loopia.se:465 | | nodemailer, seen
magenta-at | chello.at | mail.mymagenta.at:993 | mail.mymagenta.at:465 | | deltachat chello.at
mailboxorg | mailbox.org | imap.mailbox.org:993 | smtp.mailbox.org:465 | | deltachat mailbox.org, fairemail
mailcom | mail.com mail.org email.com post.com usa.com accountant.com consultant.com dr.com engineer.com cheerful.com techie.com | imap.mail.com:993 imap.mail.com:143 | smtp.mail.com:465 smtp.mail.com:587 | | ispdb mail.com
+ linuxmail.org europe.com london.com uymail.com myself.com iname.com writeme.com workmail.com financier.com contractor.net
+ adexec.com berlin.com chef.net chemist.com counsellor.com diplomats.com doctor.com dublin.com execs.com gardener.com
+ geologist.com graduate.org graphic-designer.com hairdresser.net journalist.com lawyer.com madrid.com munich.com musician.org
+ photographer.net politician.com programmer.net publicist.com rome.com scientist.com secretary.net technologist.com worker.com
mailde | mail.de | imap.mail.de:993 | smtp.mail.de:465 | | deltachat mail.de, fairemail
mailfence | mailfence.com | imap.mailfence.com:993 | smtp.mailfence.com:465 | local-part app-password | fairemail
mailfr | mail.fr | imap.mail.fr:993 | smtp.mail.fr:465 | | fairemail
mailo | mailo.com net-c.fr net-c.nl netcourrier.com net-c.com net-c.be net-c.ca net-c.cat net-c.es net-c.it net-c.lu net-c.pl netc.eu netc.fr netc.it | mail.mailo.com:993 | mail.mailo.com:465 | | fairemail
+ netc.lu netc.pl netcmail.com mailoo.org email.bzh emailasso.net francemel.fr europamel.net africamel.net americamel.net
+ asiamel.net brusseler.com calidifontain.be inmano.com lavache.com monemail.com mongenie.com perso.be postel.bzh teaser.fr
mailru | mail.ru inbox.ru list.ru bk.ru | imap.mail.ru:993 imap.mail.ru:143 | smtp.mail.ru:465 smtp.mail.ru:587 | app-password | ispdb mail.ru, fairemail
microsoft-consumer | outlook.com hotmail.com live.com msn.com windowslive.com livemail.tw | outlook.office365.com:993 | smtp-mail.outlook.com:587 smtp.office365.com:587 | microsoft | ispdb hotmail.com
+ outlook.at outlook.be outlook.cl outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it
+ outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk outlook.co.id outlook.co.il
+ outlook.co.th outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr outlook.com.vn
+ hotmail.be hotmail.ca hotmail.cl hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it
+ hotmail.lt hotmail.lv hotmail.my hotmail.nl hotmail.no hotmail.ph hotmail.rs hotmail.se hotmail.sg hotmail.sk hotmail.co.id
+ hotmail.co.il hotmail.co.in hotmail.co.jp hotmail.co.kr hotmail.co.th hotmail.co.uk hotmail.co.za hotmail.com.ar hotmail.com.au
+ hotmail.com.br hotmail.com.hk hotmail.com.tr hotmail.com.tw hotmail.com.vn
+ live.at live.be live.ca live.cl live.cn live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no
+ live.ru live.se live.co.jp live.co.kr live.co.uk live.co.za live.com.ar live.com.au live.com.mx live.com.my live.com.ph
+ live.com.pt live.com.sg
microsoft365 | onmicrosoft.com .onmicrosoft.com | outlook.office365.com:993 | smtp.office365.com:587 | microsoft | ispdb office365.com
migadu | migadu.com | imap.migadu.com:993 | smtp.migadu.com:465 | | fairemail, deltachat migadu
mijndomein | mijndomein.nl | mail.mijndomein.nl:993 | mail.mijndomein.nl:465 | | fairemail
minuskel | minuskel.de | home.minuskel.de:993 | mail.minuskel.de:587 | | fairemail
mnet | mnet-mail.de mnet-online.de | imap.mnet-online.de:993 | mail.mnet-online.de:587 | | fairemail
netease | 163.com | imap.163.com:993 | smtp.163.com:465 | app-password | ispdb 163.com
o2-pl | o2.pl go2.pl | poczta.o2.pl:993 | poczta.o2.pl:465 poczta.o2.pl:587 | local-part | ispdb o2.pl, fairemail
okde | ok.de | imap.ok.de:993 | smtp.ok.de:587 | | fairemail
onecom | one.com | imap.one.com:993 | send.one.com:465 | | ispdb one.com
onet | op.pl onet.pl poczta.onet.pl vp.pl onet.eu autograf.pl buziaczek.pl spoko.pl poczta.onet.eu onet.com.pl amorki.pl opoczta.pl | imap.poczta.onet.pl:993 | smtp.poczta.onet.pl:465 | | fairemail
optimum | optimum.net optonline.net | mail.optimum.net:993 | mail.optimum.net:465 | | fairemail
orange-fr | orange.fr wanadoo.fr | imap.orange.fr:993 | smtp.orange.fr:465 | | ispdb orange.fr
ovh | ovh.net | ssl0.ovh.net:993 | ssl0.ovh.net:465 | | ispdb ovh.net
plusnet | plus.com .plus.com | imap.plus.net:993 | relay.plus.net:465 | | fairemail
plusnet | .force9.co.uk | imap.force9.net:993 | relay.force9.net:465 | | fairemail
plusnet | .free-online.net | imap.free-online.net:993 | relay.free-online.net:465 | | fairemail
posteo | posteo.de posteo.at posteo.be posteo.fi posteo.net posteo.no posteo.org posteo.se posteo.uk posteo.ch posteo.dk posteo.eu | posteo.de:993 posteo.de:143 | posteo.de:465 posteo.de:587 | | ispdb posteo.de, fairemail
+ posteo.es posteo.ie posteo.it posteo.li posteo.lu posteo.me posteo.nl posteo.pl posteo.us
proton | proton.me protonmail.ch protonmail.com pm.me | no imap | | | deltachat protonmail, fairemail
proximus | kidcity.be proximus.be skynet.be | imap.proximus.be:993 | relay.proximus.be:587 | | ispdb skynet.be
purelymail | purelymail.com cheapermail.com placeq.com rethinkmail.com worldofmail.com | imap.purelymail.com:993 | smtp.purelymail.com:465 | | deltachat purelymail.com, fairemail
qq | qq.com | imap.qq.com:993 | smtp.qq.com:465 | app-password | ispdb qq.com
rackspace | reagan.com | secure.emailsrvr.com:993 | secure.emailsrvr.com:465 | | fairemail
rambler | rambler.ru lenta.ru myrambler.ru autorambler.ru ro.ru rambler.ua | imap.rambler.ru:993 | smtp.rambler.ru:465 | | ispdb rambler.ru, fairemail
rediffmail | rediffmail.com | pop3 only | | | ispdb rediffmail.com
rediffmailpro | rediff.com | imap.rediffmailpro.com:993 | smtp.rediffmailpro.com:465 | | fairemail
riseup | riseup.net | mail.riseup.net:993 | mail.riseup.net:465 | local-part | fairemail, deltachat riseup.net
runbox | runbox.com runbox.no runbox.eu runbox.us | mail.runbox.com:993 | mail.runbox.com:465 | | fairemail
runestone | runestone.net | pop3 only | | | ispdb runestone.net
scarlet | scarlet.be | imap.scarlet.be:993 | smtp.scarlet.be:465 | | fairemail
seznam | post.cz seznam.cz | imap.seznam.cz:993 | smtp.seznam.cz:465 | | ispdb seznam.cz
sfr | sfr.fr 9online.fr club-internet.fr neuf.fr cegetel.net | imap.sfr.fr:993 | smtp.sfr.fr:465 | | ispdb sfr.fr, fairemail
shaw | shaw.ca | imap.shaw.ca:993 | mail.shaw.ca:587 | | fairemail
simply | simply.com | imap.simply.com:993 | smtp.simply.com:587 | | seen
sky-uk | sky.com | imap.tools.sky.com:993 | smtp.tools.sky.com:465 | | ispdb sky.com
spark-nz | xtra.co.nz | imap.xtra.co.nz:993 | send.xtra.co.nz:587 | | fairemail
spectrum | charter.net bresnan.net spectrum.net | mobile.charter.net:993 | mobile.charter.net:587/tls | | ispdb charter.net, fairemail
startmail | startmail.com | imap.startmail.com:993 | smtp.startmail.com:465 | app-password | fairemail
strato | strato.de | imap.strato.de:993 | smtp.strato.de:465 smtp.strato.de:587 | | ispdb strato.de
sunrise | sunrise.ch | imap.sunrise.ch:993 | smtp2.sunrise.ch:465 | | fairemail
systemli | systemli.org | mail.systemli.org:993 | mail.systemli.org:465 | | deltachat systemli.org
t-online | t-online.de magenta.de | secureimap.t-online.de:993 | securesmtp.t-online.de:465 securesmtp.t-online.de:587 | app-password | ispdb t-online.de, fairemail
talktalk | talktalk.net lineone.net tinyworld.co.uk tinyonline.co.uk tiscali.co.uk pipex.com dial.pipex.com dial.pipex.co.uk dsl.pipex.com | mail.talktalk.net:993 | smtp.talktalk.net:587 | | fairemail
+ dsl.pipex.co.uk dial.pipex.net solo.pipex.com screaming.net telco4u.net homecall.co.uk homechoice.co.uk onetel.com onetel.net
+ onetel.net.uk oneteldsl.net toucansurf.com ukgateway.net worldonline.co.uk
telenet | telenet.be | imap.telenet.be:993 | smtp.telenet.be:587 | | fairemail, mutt-wizard
telenor-no | online.no | imap.online.no:993 | smtp.online.no:587 | | seen
telia-se | telia.com | mailin.telia.com:993 | mailout.telia.com:465 | | fairemail
telstra | bigpond.com bigpond.net.au telstra.com | imap.telstra.com:993 | smtp.telstra.com:465 | | fairemail
thundermail | tb.pro thundermail.com | mail.thundermail.com:993 | mail.thundermail.com:465 | app-password | fairemail
tim | tim.it | imap.tim.it:143 | smtp.tim.it:587 | | ispdb tim.it
tim | tin.it | imaps.tin.it:143 | smtps.tin.it:587 | app-password | fairemail
tiscali-it | tiscali.it | imap.tiscali.it:993 | smtp.tiscali.it:465 | | ispdb tiscali.it
tpg | tpg.com.au | mail.tpg.com.au:993 | mail.tpg.com.au:465 | | fairemail
transip | transip.email | imap.transip.email:993 | smtp.transip.email:465 | | seen
tuta | tuta.com tutamail.com tutanota.de tutanota.com tuta.io keemail.me | no imap | | | deltachat tutanota, fairemail
twc | .rr.com roadrunner.com | mail.twc.com:993 | mail.twc.com:587 | app-password | fairemail
virgilio | virgilio.it | in.virgilio.it:993 | out.virgilio.it:465 | | fairemail
virginmedia | ntlworld.com | imap.ntlworld.com:993 | smtp.ntlworld.com:465 | | ispdb ntlworld.com
virginmedia | virginmedia.com | imap.virginmedia.com:993 | smtp.virginmedia.com:465 | | ispdb virginmedia.com
virginmedia | blueyonder.co.uk | imap4.blueyonder.co.uk:993 | smtp.blueyonder.co.uk:465 | | ispdb blueyonder.co.uk
vodafone-de | vodafonemail.de vodafone.de arcor.de nexgo.de | imap.vodafonemail.de:993 | smtp.vodafonemail.de:465 | | ispdb vodafonemail.de, deltachat vodafone.de, fairemail
vodafone-hu | vodafone.hu | mail.vodamail.hu:993 | mail.vodamail.hu:587 | | fairemail
webde | email.de | imap.web.de:993 | smtp.web.de:587 | local-part | deltachat web.de
webde | web.de | imap.web.de:993 imap.web.de:143 | smtp.web.de:465 smtp.web.de:587 | local-part | ispdb web.de
webhuset | webhuset.no | imap.webhuset.no:993 | smtp.webhuset.no:465 smtp.webhuset.no:587 | | ispdb webhuset.no
wp | wp.pl | imap.wp.pl:993 | smtp.wp.pl:465 | local-part | ispdb wp.pl
yahoo | yahoo.com ymail.com rocketmail.com myyahoo.com cox.net | imap.mail.yahoo.com:993 export.imap.mail.yahoo.com:993 | smtp.mail.yahoo.com:465 smtp.mail.yahoo.com:587 | yahoo | ispdb yahoo.com
+ yahoo.de yahoo.it yahoo.fr yahoo.es yahoo.se yahoo.ca yahoo.co.uk yahoo.co.in yahoo.co.nz yahoo.com.au yahoo.com.ar yahoo.com.br
+ yahoo.com.mx
yahoo | yahoo.dk yahoo.no yahoo.nl yahoo.be yahoo.at yahoo.ie yahoo.gr yahoo.pl yahoo.ro yahoo.hu yahoo.cz yahoo.com.tr | imap.mail.yahoo.com:993 | smtp.mail.yahoo.com:465 | yahoo | fairemail
yahoo-jp | yahoo.co.jp | imap.mail.yahoo.co.jp:993 | smtp.mail.yahoo.co.jp:465 | local-part | fairemail
yandex | yandex.com yandex.ru yandex.net yandex.by yandex.kz yandex.ua ya.ru narod.ru | imap.yandex.com:993 | smtp.yandex.com:465 | | ispdb yandex.ru
yousee | mail.dk | imap.mail.dk:993 | asmtp.mail.dk:587 | | ispdb mail.dk
zeelandnet | zeelandnet.nl | mail.zeelandnet.nl:993 | mail.zeelandnet.nl:465 | local-part | ispdb zeelandnet.nl
ziggo | ziggo.nl casema.nl home.nl quicknet.nl hahah.nl ziggomail.com zinders.nl zeggis.nl zeggis.com razcall.nl razcall.com | imap.ziggo.nl:993 | smtp.ziggo.nl:587 | | ispdb ziggo.nl, fairemail
+ upcmail.nl chello.nl multiweb.nl a2000.nl
zoho | zoho.com | imap.zoho.com:993 | smtp.zoho.com:465 smtp.zoho.com:587 | | ispdb zoho.com
zoho-au | zohomail.com.au | imap.zoho.com.au:993 | smtp.zoho.com.au:465 | | fairemail
zoho-eu | zoho.eu zohomail.eu | imap.zoho.eu:993 | smtp.zoho.eu:465 smtp.zoho.eu:587 | | ispdb zoho.eu, fairemail
zoho-in | zohomail.in | imap.zoho.in:993 | smtp.zoho.in:465 smtp.zoho.in:587 | | ispdb zoho.in
`;
